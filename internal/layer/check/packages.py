#!/usr/bin/env python3
"""Judge layers of much-used packages with native code: packages.py LAYERFLEET

Each package is taken from its registry by name, for a right target and for wrong ones, packed as a layer and looked
into with "layerfleet layer check". The right one must pass, each wrong one must be refused for the right kind of
reason. It needs pip, npm and the network, and is no part of the test suite."""

import json
import pathlib
import subprocess
import sys
import tempfile

PYTHON = ["numpy", "pandas", "lxml", "pillow", "pyyaml", "markupsafe", "orjson", "cffi", "grpcio", "aiohttp", "pydantic-core",
          "psycopg2-binary", "scikit-learn", "cryptography", "bcrypt", "psutil", "tornado"]
NODE = ["sharp", "esbuild", "@swc/core", "lightningcss", "rollup", "@parcel/watcher", "snappy", "@napi-rs/canvas", "bcrypt", "argon2"]
# What is built for every Python at once.
STABLE = {"cryptography", "bcrypt", "psutil", "tornado"}
# What comes with the code for every processor.
EVERYWHERE = {"bcrypt", "argon2"}


def run(*args, **kwargs):
    return subprocess.run(args, capture_output=True, text=True, check=False, **kwargs)


def pip(target, package, platforms):
    args = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", "3.12", "--no-deps", "--no-compile", "--quiet"]
    for p in platforms:
        args += ["--platform", p]
    r = run(sys.executable, "-m", "pip", "install", "--target", f"{target}/python", *args, package)
    return None if r.returncode == 0 else r.stderr.strip().splitlines()[-1]


def npm(target, package, cpu):
    path = pathlib.Path(target, "nodejs")
    path.mkdir(parents=True)
    r = run("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--os", "linux", "--libc", "glibc", "--cpu", cpu, package, cwd=path)
    return None if r.returncode == 0 else (r.stderr or r.stdout).strip()[-200:]


def judge(layerfleet, source, runtime, arch):
    r = run(layerfleet, "layer", "check", source, "--runtime", runtime, "--arch", arch, "-o", "json")
    if r.returncode not in (0, 2):
        return {"failed: " + r.stderr.strip()}
    return {f["code"] for f in json.loads(r.stdout)["findings"] if f["level"] == "refused"}


def manylinux(machine):
    return [f"manylinux_2_28_{machine}", f"manylinux_2_27_{machine}", f"manylinux_2_17_{machine}", f"manylinux2014_{machine}"]


def cases(work):
    for package in PYTHON:
        tagged = package not in STABLE
        linux = f"{work}/{package}-linux"
        yield package, linux, lambda t, p=package: pip(t, p, manylinux("x86_64")), [
            ("python3.12", "x86_64", set()),
            ("python3.12", "arm64", {"wrong_architecture"}),
            ("python3.13", "x86_64", {"python_tag"} if tagged else set()),
        ]
        mac = f"{work}/{package}-mac"
        yield package + " for macOS", mac, lambda t, p=package: pip(t, p, ["macosx_14_0_arm64", "macosx_11_0_arm64", "macosx_10_12_universal2", "macosx_10_9_universal2"]), [
            ("python3.12", "arm64", {"foreign_system"}),
        ]
    for package in NODE:
        name = package.replace("/", "_")
        yield package, f"{work}/{name}-x64", lambda t, p=package: npm(t, p, "x64"), [
            ("nodejs22.x", "x86_64", set()),
            ("nodejs22.x", "arm64", set() if package in EVERYWHERE else {"wrong_architecture"}),
        ]


def main():
    layerfleet = str(pathlib.Path(sys.argv[1]).resolve())
    right = wrong = skipped = 0
    with tempfile.TemporaryDirectory() as work:
        for name, target, install, targets in cases(work):
            if problem := install(target):
                print(f"skip  {name}: {problem}")
                skipped += 1
                continue
            for runtime, arch, want in targets:
                got = judge(layerfleet, target, runtime, arch)
                # Of two reasons to refuse, one may hide the other: another processor's module has another tag, too.
                ok = got == want if not want else want <= got
                right, wrong = right + ok, wrong + (not ok)
                print(f"{'ok   ' if ok else 'WRONG'} {name} for {runtime} on {arch}: refused for {sorted(got) or 'nothing'}")
    print(f"{right} passed, {wrong} failed, {skipped} skipped")
    sys.exit(wrong > 0)


main()
