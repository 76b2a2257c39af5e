"""Measures images, Lambda and batch against their peers: sizes, builds, init, overhead and rows per second."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.machine import ROOT
from modelberth_platform.bundle import Bundle, resolve
from modelberth_platform.bundle.example import example_request
from modelberth_platform.bundle.layout import copy_bundle
from modelberth_platform.image import Recipe, engine, recipe_of
from modelberth_platform.image.context import write_context

sys.path.insert(0, str(ROOT / "tests"))


def measure_and_report(console: Console, bundle: Bundle, scratch: Path, rounds: int) -> None:
    """Print what can be measured here; images need the engine of `make engine`."""
    table = Table("", "ours", "peer", "ours / peer", box=None)
    _lambda(table, bundle, scratch, rounds)
    _batch(table, bundle, scratch, rounds)
    base = os.environ.get("MODELBERTH_TEST_BASE_IMAGE")
    if base:
        _images(table, bundle, scratch, base)
    else:
        console.print("images are left out: they need a container engine of the tests' own; start it: make engine")
    console.print(table)


def _row(table: Table, title: str, ours: float, peer: float, unit: str) -> None:
    table.add_row(title, f"{ours:.4g} {unit}", f"{peer:.4g} {unit}", f"{ours / peer:.2f}")


def _lambda(table: Table, bundle: Bundle, scratch: Path, rounds: int) -> None:
    """Measure init against importing the Bento, and a warm call against a call of the API in a bare process."""
    from serving.runtime_api import RuntimeApi, http_v2

    whole = scratch / "lambda-bundle"
    copy_bundle(bundle.folder, bundle.home, whole)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "platform"), "MODELBERTH_BUNDLE": str(whole)}
    environment["OMP_NUM_THREADS"] = "1"  # what the runtime sets for a function of one vCPU
    imports = (
        "import time, sys; started = time.perf_counter(); import bentoml; "
        f"service = bentoml.load({str(whole)!r}); instance = service.inner(); "
        f"import json; body = json.loads(sys.argv[1]); spec = service.apis['classify'].input_spec; "
        "loaded = time.perf_counter() - started\n"
        "def call(): return instance.classify(**{'images': spec.model_validate(body).images})\n"
        "times = []\n"
        "for _ in range(300):\n"
        "    started = time.perf_counter(); call(); times.append(time.perf_counter() - started)\n"
        "print(json.dumps([loaded, sorted(times)[150]]))"
    )
    body = json.dumps(example_request(bundle.facts.api("classify")))
    inits, bares, warm, direct = [], [], [], []
    for _ in range(max(rounds, 5)):
        started = time.perf_counter()
        result = subprocess.run(
            [sys.executable, "-c", imports, body], env=environment, capture_output=True, text=True, check=True
        )
        floor, method = json.loads(result.stdout.splitlines()[-1])
        bares.append(floor + _interpreter(environment))
        direct.append(method)
        api = RuntimeApi()
        variables = {"AWS_LAMBDA_RUNTIME_API": api.address, "MODELBERTH_API": "classify"}
        with api.running():
            started = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, "-m", "modelberth_serving"],
                env=environment | variables,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            api.ready.wait(60)
            inits.append(time.perf_counter() - started)
            times = []
            for _ in range(300):
                started = time.perf_counter()
                api.invoke(http_v2("/invocations", body))
                times.append(time.perf_counter() - started)
            warm.append(sorted(times)[150])
            process.kill()
            process.wait()
    _row(table, "Lambda: init / importing the Bento", statistics.median(inits), statistics.median(bares), "s")
    overhead = statistics.median(warm) - statistics.median(direct)
    table.add_row("Lambda: warm p50 over the method alone", f"{overhead * 1000:.2f} ms", "goal 2 ms", "")


def _printed(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def _interpreter(environment: dict[str, str]) -> float:
    """How long Python itself takes to start and end."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", ""], env=environment, check=True)
    return time.perf_counter() - started


def _batch(table: Table, bundle: Bundle, scratch: Path, rounds: int) -> None:
    """Measure rows per second of the batch role against the model called directly on the same file, without imports."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    from sklearn.datasets import load_digits

    pixels = np.tile(load_digits(return_X_y=True)[0], (34, 1))[:60_000]
    pq.write_table(pa.table({f"p{number}": pixels[:, number] for number in range(64)}), scratch / "rows.parquet")
    whole = scratch / "lambda-bundle"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "platform"), "MODELBERTH_BUNDLE": str(whole)}
    script = (
        "import glob, time, joblib, pyarrow as pa, pyarrow.parquet as pq\n"
        f"model = joblib.load(glob.glob({str(whole)!r} + '/models/digits/*/model.joblib')[0])\n"
        "import sklearn.neighbors, numpy as np\n"
        "started = time.perf_counter()\n"
        f"rows = pq.read_table({str(scratch / 'rows.parquet')!r}).to_pandas().to_numpy()\n"
        "shares = model.predict_proba(rows)\n"
        "columns = {'row': np.arange(1, len(rows) + 1), 'digit': shares.argmax(1), 'confidence': shares.max(1)}\n"
        "answer = pa.table(columns)\n"
        f"pq.write_table(answer, {str(scratch / 'direct.parquet')!r})\n"
        "print(len(rows) / (time.perf_counter() - started))"
    )
    ours, direct = [], []
    for _ in range(rounds):
        direct.append(
            float(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)
        )
        arguments = ["--input", scratch / "rows.parquet", "--output", scratch / "out.parquet", "--api", "classify"]
        command = [sys.executable, "-m", "modelberth_serving", "batch", *map(str, arguments)]
        printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stderr
        pace = next(part for part in printed.splitlines()[-1].split(", ") if "rows/s" in part)
        ours.append(float(pace.removesuffix(" rows/s").replace(",", "")))
    _row(
        table,
        "batch: rows/s of a Parquet file / the model directly",
        statistics.median(ours),
        statistics.median(direct),
        "/s",
    )


def _images(table: Table, bundle: Bundle, scratch: Path, base: str) -> None:
    """Measure an image's size above its base against BentoML's own, a first build, and one after a change of code."""
    recipe = recipe_of(bundle, base=base)
    registry = base.partition("/")[0]
    first = _built(recipe, f"{registry}/bench:first", scratch / "first", anew=True)
    changed = scratch / "changed"
    shutil.copytree(bundle.folder, changed)
    service = changed / "src" / "service.py"
    service.write_text(service.read_text() + "\n# changed\n")
    again = _built(recipe_of(resolve(str(changed)), base=base), f"{registry}/bench:changed", scratch / "again")
    floor = engine.inspect(base)["Size"]
    ours = engine.inspect(f"{registry}/bench:first")["Size"] - floor
    peer = engine.inspect(_bentomls(bundle, scratch, base, registry))["Size"] - floor
    _row(table, "image: above the base / BentoML's Dockerfile", ours / 1e6, peer / 1e6, "MB")
    table.add_row("image: first build, and after a change of code", f"{first:.1f} s, {again:.1f} s", "", "")


def _built(recipe: Recipe, tag: str, folder: Path, *, anew: bool = False) -> float:
    context = write_context(recipe, folder)
    if anew:
        dockerfile = context / "Dockerfile"
        dockerfile.write_text(dockerfile.read_text().replace("USER root\n", f"USER root\nRUN : {time.time()}\n", 1))
    started = time.monotonic()
    engine.build(context, tag, platform=recipe.platform, network="host")
    return time.monotonic() - started


def _bentomls(bundle: Bundle, scratch: Path, base: str, registry: str) -> str:
    """The image that `bentoml containerize` describes, on the same base."""
    context = scratch / "bentoml-context"
    copy_bundle(bundle.folder, bundle.home, context)
    for path in [context, *context.rglob("*")]:
        path.chmod(0o755)
    dockerfile = context / "env" / "docker" / "Dockerfile"
    lines = [
        f"FROM {base} AS base-container" if line.startswith("FROM ") else line
        for line in dockerfile.read_text().splitlines()
    ]
    text = "\n".join(lines)
    # What this machine's package index needs, and a `pip` that a minimal base lacks; neither is measured in megabytes.
    text = text.replace(
        "RUN command -v uv >/dev/null || pip install uv", "COPY --from=tools /opt/uv/bin/uv /usr/local/bin/uv"
    )
    certificates = os.environ.get("SSL_CERT_FILE")
    if certificates:
        text = text.replace("uv --directory", "SSL_CERT_FILE=/run/ca.crt uv --directory")
    tools = f"FROM {base} AS tools\nRUN --mount=type=secret,id=ca PIP_CERT=/run/secrets/ca python3 -m venv /opt/uv && "
    tools += "if [ -f /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; /opt/uv/bin/pip install -q uv\n"
    mount = "--mount=type=secret,id=ca,target=/run/ca.crt,mode=0444"
    text = text.replace("RUN if [ -d ./src ];", f"RUN {mount} if [ -d ./src ];")
    (context / "Dockerfile").write_text(tools + text)
    tag = f"{registry}/bench:bentoml"
    engine.build(context, tag, platform="linux/amd64", network="host")
    return tag
