"""The `local` target: an endpoint as supervised processes of this machine.

Slot (port, folder)   Server (release)      the two Pulumi resources: resources.py
        │                    │
        │                 deploy.py         what an update does: files, environment, host, switch
        │                    │
        └──────────────── host.py           a process that owns the socket ── generation.py, worker.py
                                            its workers run `modelberth_serving`
"""
