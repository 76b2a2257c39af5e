"""An endpoint's life on the real engine: up, no-op, update, failed update, refresh, destroy."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import httpx
import psutil
import pytest
import yaml
from conftest import BENTOS, Variant, living_below
from parallel import free_port

from engine.stack import Failed, Stack, eventually, of_endpoint
from modelberth_platform.bundle import resolve
from modelberth_platform.bundle.build import build

FAILS_TO_LOAD = 'raise RuntimeError("the weights are damaged")'


def ask_for(bundle: Path, requirement: str) -> None:
    """Add a requirement to a built Bento."""
    for name in ("requirements.txt", "requirements.in"):
        file = bundle / "env" / "python" / name
        if file.is_file():
            file.write_text(f"{file.read_text()}\n{requirement}\n")


def test_up_no_op_update_destroy(stack: Stack, echo: Path, variant: Variant) -> None:
    stack.up("echo")
    assert stack.answer() == "one"
    url = stack.outputs()["url"]
    folder = stack.endpoint_folder
    host = stack.host_pid()

    stack.up("echo", "--expect-no-changes")
    build(BENTOS / "echo", force=True)
    assert stack.steps("echo") == {}, "a rebuild of unchanged content shows no change"
    assert stack.host_pid() == host

    two = variant("two")
    before = stack.state()
    assert stack.steps(two) == {"shop": "update", "shop-server": "update"}, "nothing is replaced"
    assert stack.state() == before, "a preview changes nothing"
    stack.up(two)
    assert stack.answer() == "two"
    assert stack.outputs()["url"] == url, "the URL stays"
    assert stack.host_pid() == host, "the socket's owner stays"
    stack.up(variant("three"))
    assert len(list((folder / "releases").iterdir())) == 2, "what runs, and what may still be draining"

    port = int(url.split(":")[2].split("/")[0])
    stack.destroy()
    eventually(lambda: not of_endpoint(folder))
    assert not folder.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/ping")


def test_urns_of_the_engine(stack: Stack, echo: Path) -> None:
    stack.up("echo")
    urns = {name: resource["urn"] for name, resource in stack.state().items()}
    prefix = f"urn:pulumi:test::{stack.project}::"
    assert urns["shop"] == f"{prefix}modelberth:index:ManagedEndpoint::shop"
    for role in ("Slot", "Server"):
        name = f"shop-{role.lower()}"
        parent = "modelberth:index:ManagedEndpoint"
        assert urns[name] == f"{prefix}{parent}$pulumi-python:dynamic/modelberth:{role}::{name}"


def test_a_preview_speaks_of_the_model(stack: Stack, echo: Path, variant: Variant) -> None:
    stack.up("echo")
    changed = variant(
        "two", old="times: int = Field(default=1, ge=1, le=10)", new="times: int = Field(default=2, ge=1)"
    )
    info = yaml.safe_load((changed / "bento.yaml").read_text())
    info["schema"]["routes"][1]["input"]["properties"]["times"] = {"type": "integer", "default": 2, "minimum": 1}
    assert info["schema"]["routes"][1]["name"] == "echo"
    info["version"] = "2.0.0"
    (changed / "bento.yaml").write_text(yaml.safe_dump(info))
    ask_for(changed, "joblib==1.6.0")

    old, new = resolve("echo").facts, resolve(str(changed)).facts
    diff = stack.preview(changed, "--diff")
    print(diff)
    assert f'version : "{old.version}" => "2.0.0"' in diff.replace("  ", " ") or '=> "2.0.0"' in diff
    assert new.digest in diff
    assert old.digest in diff
    assert f"(schema {new.api('echo').schema_hash})" in diff
    assert "joblib" in diff
    assert "replace" not in diff
    assert str(changed) not in diff.replace(f"bundle={changed}", ""), "no path of this machine"


def test_a_preview_starts_and_writes_nothing(stack: Stack, echo: Path, machine: Path) -> None:
    def everything() -> dict[Path, int]:
        pulumis_own = (machine / "pulumi", machine / "pulumi-home", stack.folder / "__pycache__")
        ours = [path for path in machine.rglob("*") if not any(path.is_relative_to(own) for own in pulumis_own)]
        return {
            path: path.stat().st_mtime_ns
            for path in ours
            if not path.is_relative_to(machine / "cache") and path.is_file()
        }

    stack.configure("bundle", "echo")
    before = everything()
    stack.run("preview")
    assert everything() == before
    assert not living_below(machine)


def test_a_model_that_fails_to_load_fails_the_first_up(stack: Stack, echo: Path, variant: Variant) -> None:
    broken = variant("broken", old="self.release_name = RELEASE", new=FAILS_TO_LOAD)
    with pytest.raises(Failed) as caught:
        stack.up(broken)
    message = str(caught.value)
    assert "did not start" in message
    assert "RuntimeError: the weights are damaged" in message, "the last lines of the model's log"
    assert "modelberth_platform" not in message, "no traceback of ours"
    folder = stack.endpoint_folder
    assert not folder.exists()
    assert not of_endpoint(folder)
    stack.up("echo")
    assert stack.answer() == "one"


def test_a_failed_update_leaves_the_old_release_serving(stack: Stack, echo: Path, variant: Variant) -> None:
    stack.up("echo")
    broken = variant("broken", old="self.release_name = RELEASE", new=FAILS_TO_LOAD)
    with pytest.raises(Failed, match="the weights are damaged"):
        stack.up(broken)
    assert stack.answer() == "one"
    assert "shop-server" in stack.steps(broken), "the next preview still offers the update"
    assert stack.state()["shop-server"]["inputs"]["bundle"]["digest"] == resolve("echo").facts.digest
    stack.up(variant("mended"))
    assert stack.answer() == "mended"


def test_refresh_sees_a_dead_host_and_up_repairs_it(stack: Stack, echo: Path) -> None:
    stack.up("echo")
    url, folder = stack.outputs()["url"], stack.endpoint_folder
    psutil.Process(stack.host_pid()).kill()
    eventually(lambda: not of_endpoint(folder))  # the workers see that their host is gone
    stack.refresh()
    assert "shop-server" not in stack.state()
    assert stack.steps("echo")["shop-server"] == "create"
    stack.up("echo")
    assert stack.answer() == "one"
    assert stack.outputs()["url"] == url


def test_settings_reach_the_workers(stack: Stack, echo: Path) -> None:
    stack.declare(
        ', runtime="ecs", scaling={"min": 2}, timeout_seconds=1'
        ', env={"MODE": "strict", "STACK": pulumi.get_stack(), "HIDDEN": pulumi.Output.secret("hunter3")}'
        ', secrets={"TOKEN": "arn:aws:secretsmanager:eu:1:secret:t"}',
        component="SelfHostedEndpoint",
    )
    secret = {"TOKEN": "hunter2", "AWS_SECRET_ACCESS_KEY": "not-for-models"}
    stack.up("echo", env=secret)
    base = stack.outputs()["base_url"]
    environment = httpx.post(f"{base}/environment", json={}).json()
    assert (environment["MODE"], environment["STACK"], environment["TOKEN"]) == ("strict", "test", "hunter2")
    assert "AWS_SECRET_ACCESS_KEY" not in environment
    assert "PULUMI_CONFIG_PASSPHRASE" not in environment
    assert len(set(stack.worker_pids())) == 2
    response = httpx.post(f"{base}/sleep", json={"seconds": 3}, timeout=20)
    assert (response.status_code, response.json()) == (504, {"error": "no answer within 1 seconds"})
    assert "hunter2" not in str(stack.state())
    assert "hunter3" not in str(stack.state()), "a secret Output stays one"
    written = [path for path in stack.endpoint_folder.rglob("*") if path.is_file()]
    assert not [path for path in written if b"hunter" in path.read_bytes()]


def test_transforms_reach_every_child(stack: Stack, echo: Path) -> None:
    stack.declare(", opts=pulumi.ResourceOptions(transforms=[changed])")
    program = stack.folder / "__main__.py"
    transform = (
        "import pulumi\n\n"
        "def changed(args):\n"
        "    if args.name.endswith('-server'):\n"
        "        return pulumi.ResourceTransformResult({**args.props, 'env': {'CHANGED': args.type_}}, args.opts)\n"
        "    return None\n"
    )
    program.write_text(transform + program.read_text())
    stack.up("echo")
    environment = httpx.post(f"{stack.outputs()['base_url']}/environment", json={}).json()
    assert environment["CHANGED"] == "pulumi-python:dynamic/modelberth:Server"


def test_a_wrong_declaration_is_explained_without_a_traceback(stack: Stack, echo: Path) -> None:
    stack.declare(', scaling={"min": "two"}, instance_typ="ml.m5.large"')
    with pytest.raises(Failed) as caught:
        stack.up("ecko")
    message = str(caught.value)
    assert "ManagedEndpoint 'shop' has 3 problems in its declaration:" in message
    assert "did you mean instance_type?" in message
    assert "Traceback" not in message


def test_a_port_in_use_is_named(stack: Stack, echo: Path) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        stack.run("config", "set", "--path", "modelberth:ports.shop", str(port))
        with pytest.raises(Failed) as caught:
            stack.up("echo")
    assert f"port {port} on 127.0.0.1 cannot be used" in str(caught.value)
    assert f"(pid {os.getpid()})" in str(caught.value)
    assert "modelberth:ports" in str(caught.value)
    assert "Traceback" not in str(caught.value)
    stack.up("echo")
    assert f":{port}/" in stack.outputs()["url"]

    free = free_port()
    stack.run("config", "set", "--path", "modelberth:ports.shop", str(free))
    stack.up("echo")
    assert f":{free}/" in stack.outputs()["url"]
    assert stack.answer() == "one"
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/ping")


def test_another_machines_endpoint_is_refused_in_words(stack: Stack, echo: Path) -> None:
    stack.up("echo")
    exported = stack.run("stack", "export")
    imported = exported.replace(f'"machine": "{os.uname().nodename}"', '"machine": "elsewhere"')
    assert imported != exported
    (stack.folder / "elsewhere.json").write_text(imported)
    stack.run("stack", "import", "--file", "elsewhere.json")
    for command in (stack.refresh, lambda: stack.up("echo"), stack.destroy):
        with pytest.raises(Failed, match="runs on the machine 'elsewhere'"):
            command()
    (stack.folder / "here.json").write_text(exported)
    stack.run("stack", "import", "--file", "here.json")
    assert stack.answer() == "one"


def test_a_bundle_that_the_current_environment_lacks_gets_one_of_its_own(
    stack: Stack, echo: Path, variant: Variant
) -> None:
    needy = variant(
        "needy",
        old="        return self.release_name",
        new="        import tabulate\n\n        return tabulate.__version__",
    )
    ask_for(needy, "tabulate==0.9.0")
    stack.up(needy)
    assert stack.answer() == "0.9.0"
    shutil.rmtree(needy)  # what runs has a copy of its own
    assert stack.answer() == "0.9.0"
    stack.up("echo")
    assert stack.answer() == "one"
