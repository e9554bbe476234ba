"""The Kubernetes manifest: it parses, holds together, and agrees with the image and the service that it runs."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "kubernetes.yaml"


@pytest.fixture(scope="module")
def objects():
    found = {one["kind"]: one for one in YAML(typ="safe").load_all(FILE.read_text("utf-8"))}
    assert sorted(found) == ["Deployment", "PodDisruptionBudget", "Service"]
    return found


@pytest.fixture(scope="module")
def pod(objects):
    return objects["Deployment"]["spec"]["template"]["spec"]


@pytest.fixture(scope="module")
def container(pod):
    (only,) = pod["containers"]
    return only


def options(container):
    return dict(word.removeprefix("--").split("=", 1) for word in container["args"] if word.startswith("--"))


def test_everything_selects_the_same_pods(objects):
    wanted = objects["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert objects["Deployment"]["spec"]["selector"]["matchLabels"] == wanted
    assert objects["Service"]["spec"]["selector"] == wanted
    assert objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == wanted
    assert wanted


def test_one_may_go_while_another_answers(objects):
    deployment = objects["Deployment"]["spec"]
    assert deployment["replicas"] > objects["PodDisruptionBudget"]["spec"]["minAvailable"] >= 1
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_the_time_to_go_is_longer_than_the_drain(pod, container):
    away_s = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    grace_s = int(options(container)["grace-seconds"])
    ready = container["readinessProbe"]
    assert pod["terminationGracePeriodSeconds"] >= away_s + grace_s + 5
    assert away_s >= ready["periodSeconds"] * ready["failureThreshold"]


def test_probes_ask_the_routes_that_need_no_key(container):
    from luodi.serve.ways import ways

    is_open = {way.path for way in ways() if way.is_open}
    asked = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "readiness", "liveness")}
    assert asked == {"startup": "/readyz", "readiness": "/readyz", "liveness": "/healthz"}
    assert set(asked.values()) <= is_open


def test_it_may_do_nothing_that_it_need_not(pod, container):
    may = container["securityContext"]
    assert may["readOnlyRootFilesystem"] is True
    assert may["allowPrivilegeEscalation"] is False
    assert may["capabilities"] == {"drop": ["ALL"]}
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    mounted = {one["mountPath"] for one in container["volumeMounts"]}
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}
    assert "/tmp" in mounted


def test_it_runs_as_the_user_of_the_image_in_its_home(pod, container):
    image = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    user = pod["securityContext"]["runAsUser"]
    assert f"USER {user}:{pod['securityContext']['runAsGroup']}" in image
    home = next(one["mountPath"] for one in container["volumeMounts"] if one["name"] == "home")
    assert f"LUODI_HOME={home} " in image
    port = container["ports"][0]["containerPort"]
    assert f"EXPOSE {port}" in image
    assert options(container)["port"] == str(port)


def test_workers_are_as_many_as_the_cores_that_are_asked_for(container):
    resources = container["resources"]
    assert resources["requests"]["cpu"] == options(container)["workers"]
    assert set(resources["limits"]) == set(resources["requests"]) == {"cpu", "memory"}


def test_the_arguments_are_understood(container):
    from luodi.cli.app import make_app

    words = list(container["args"])
    verb, given, _ = make_app(words).parse_args(words, exit_on_error=False, print_error=False)
    assert verb.__name__ == "serve"
    assert given.arguments["host"] == "0.0.0.0"
    named = {one["name"] for one in container["env"]}
    assert given.arguments["store"].strip("$()") in named


def test_it_keeps_the_schema_of_kubernetes():
    if importlib.util.find_spec("kubernetes_validate") is None and shutil.which("kubernetes-validate") is None:
        pytest.skip("kubernetes-validate is not installed")
    tool = shutil.which("kubernetes-validate")
    ended = subprocess.run([tool, "--strict", FILE], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_no_secret_stands_in_it():
    assert "kind: Secret" not in FILE.read_text("utf-8")
