"""The Kubernetes manifests: valid, consistent, and what they name is there in engine and router.

No cluster runs here. Engine and router are the real ones, started with the manifests' variables.
"""

import json
import os
import re
import shlex
import subprocess
import sys

import pytest
import requests
from manifests import (
    ADAPTER,
    BASE,
    KUBERNETES,
    OVERLAY,
    ROOT,
    build,
    container,
    environment,
    from_yaml,
    kubectl,
    labels,
    number,
    of_kind,
    pod,
    schema_errors,
)
from network import Pod, allowed

sys.path.insert(0, str(ROOT / "tests/blackbox"))
from engine_process import Engine  # noqa: E402
from router_process import Router  # noqa: E402
from table_of_settings import settings  # noqa: E402

TESTING, PRODUCTION, ROUTER = (
    "standpy-container-testing",
    "standpy-container-production",
    "standpy-router",
)
ENGINES = {"example_testing": TESTING, "example_production": PRODUCTION}
PROMTOOL = ROOT / "build/tools/promtool"
# preStop.sleep is there from 1.30 on.
VERSIONS = [f"1.{minor}" for minor in range(30, 38)]
# Seconds until a pod that ends is out of the resolver (5 to live, and some) and every router has
# asked again (RESOLVE_MS in router/engine/monitor.c).
LEAVES_NAMES = 15


@pytest.fixture(params=[BASE, OVERLAY], ids=["base", "overlay"], scope="module")
def objects(request):
    return build(request.param)


@pytest.fixture(scope="module")
def deployments(objects):
    return of_kind(objects, "Deployment")


# Schemas


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_valid(objects, version):
    assert schema_errors(objects, version) == []


def test_a_misspelt_field_and_a_wrong_type_are_found(objects):
    broken = json.loads(json.dumps(objects))
    router = of_kind(broken, "Deployment")[ROUTER]
    router["spec"]["replica"] = 2
    of_kind(broken, "PodDisruptionBudget")[ROUTER]["spec"]["selector"] = "all"
    assert [error.split(":")[0] for error in schema_errors(broken, VERSIONS[-1])] == [
        f"Deployment {ROUTER}",
        f"PodDisruptionBudget {ROUTER}",
    ]


def test_no_file_is_left_out():
    built = build(BASE) + build(OVERLAY) + from_yaml(ADAPTER.read_text())
    names = {(one.get("kind"), one.get("metadata", {}).get("name")) for one in built}
    for file in sorted(KUBERNETES.rglob("*.yaml")):
        for one in from_yaml(file.read_text()):
            if one.get("kind") not in ("Kustomization", "Component"):
                assert (one.get("kind"), one.get("metadata", {}).get("name")) in names, file


# Objects fit together


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget", "Deployment"])
def test_each_deployment_has_one_that_selects_its_pods_alone(objects, deployments, kind):
    found = of_kind(objects, kind)
    assert sorted(found) == sorted(deployments) == sorted([TESTING, PRODUCTION, ROUTER])
    for name, one in found.items():
        selector = one["spec"]["selector"]
        wanted = selector if kind == "Service" else selector["matchLabels"]
        assert [n for n, d in deployments.items() if wanted.items() <= labels(d).items()] == [name]


def test_pods_are_spread_over_nodes_with_their_own_kind(deployments):
    for name, deployment in deployments.items():
        (spread,) = pod(deployment)["topologySpreadConstraints"]
        assert spread["topologyKey"] == "kubernetes.io/hostname"
        assert spread["labelSelector"] == deployment["spec"]["selector"]


def test_the_router_finds_every_pod_of_an_engine_by_name(objects, deployments):
    services = of_kind(objects, "Service")
    hosts = {
        re.fullmatch("ENGINE_(.*)_HOST", name)[1].lower(): value
        for name, value in environment(deployments[ROUTER]).items()
        if name.endswith("_HOST")
    }
    assert hosts == ENGINES
    for name in hosts.values():
        spec = services[name]["spec"]
        assert spec["clusterIP"] == "None"
        assert spec["ipFamilyPolicy"] == "SingleStack"
        assert not spec.get("publishNotReadyAddresses")


def test_endpoints_are_those_of_the_guide(objects):
    (port,) = of_kind(objects, "Service")[ROUTER]["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (80, "http")


def test_ports_are_those_that_engine_and_router_listen_on(objects, deployments):
    engine_port = int(settings("engine")["LISTEN"]["default"].lstrip(":"))
    router_port = int(environment(deployments[ROUTER])["LISTEN"].lstrip(":"))
    for name, deployment in deployments.items():
        listens = router_port if name == ROUTER else engine_port
        assert container(deployment)["ports"] == [{"name": "http", "containerPort": listens}]
    header = (ROOT / "router/settings/settings_values.h").read_text()
    assert int(re.search(r"ENGINE_PORT_DEFAULT\s+(\d+)", header)[1]) == engine_port
    for name in ENGINES.values():  # a headless service does not translate ports
        (port,) = of_kind(objects, "Service")[name]["spec"]["ports"]
        assert (port["port"], port["targetPort"]) == (engine_port, "http")


def test_every_volume_has_its_claim_or_a_secret_that_the_documented_command_makes(objects):
    claims = of_kind(objects, "PersistentVolumeClaim")
    for deployment in of_kind(objects, "Deployment").values():
        for volume in pod(deployment)["volumes"]:
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in claims
    document = (ROOT / "docs/kubernetes.md").read_text()
    command = re.search(r"^    kubectl (-n standpy create secret .*)$", document, re.M)[1]
    command = command.replace("=token", "=LICENSE")  # any file
    (secret,) = from_yaml(kubectl(*shlex.split(command), "--dry-run=client", "--output=yaml"))
    assert schema_errors([secret], VERSIONS[-1]) == []
    router = of_kind(objects, "Deployment")[ROUTER]
    (volume,) = pod(router)["volumes"]
    (mount,) = container(router)["volumeMounts"]
    assert (secret["metadata"]["name"], volume["name"]) == (
        volume["secret"]["secretName"],
        mount["name"],
    )
    files = {v for n, v in environment(router).items() if n.endswith("_TOKEN_FILE")}
    assert files == {f"{mount['mountPath']}/{key}" for key in secret["data"]}


# Confinement


def test_pods_are_confined(deployments):
    for deployment in deployments.values():
        spec, one = pod(deployment), container(deployment)
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False  # ENGINE_…_SERVICE_HOST looks like an engine
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        for resource in ("cpu", "memory"):
            limit = number(one["resources"]["limits"][resource])
            assert 0 < number(one["resources"]["requests"][resource]) <= limit


@pytest.mark.parametrize("folder, names", [("container", [TESTING, PRODUCTION]), ("router", [ROUTER])])
def test_pods_run_as_the_user_of_their_image(deployments, folder, names):
    dockerfile = (ROOT / folder / "Dockerfile").read_text()
    user = re.findall(r"^USER\s+(\d+)", dockerfile, re.M)[-1]
    for name in names:
        assert pod(deployments[name])["securityContext"]["runAsUser"] == int(user)


@pytest.mark.parametrize("name", [TESTING, PRODUCTION])
def test_an_engine_writes_to_memory_alone_and_reads_environments(deployments, name):
    volumes = {one["name"]: one for one in pod(deployments[name])["volumes"]}
    mounts = {one["mountPath"]: one for one in container(deployments[name])["volumeMounts"]}
    assert sorted(mounts) == ["/opt/coding-shared", "/tmp"]
    assert volumes[mounts["/tmp"]["name"]]["emptyDir"]["medium"] == "Memory"
    shared = mounts["/opt/coding-shared"]
    assert shared["readOnly"] and volumes[shared["name"]]["persistentVolumeClaim"]["readOnly"]
    assert settings("engine")["ENVS_DIR"]["default"] == "/opt/coding-shared/envs"


@pytest.mark.parametrize("name", [TESTING, PRODUCTION])
def test_the_memory_of_all_workers_and_of_their_files_is_within_the_limit(deployments, name):
    variables = environment(deployments[name])
    (tmp,) = (one["emptyDir"] for one in pod(deployments[name])["volumes"] if "emptyDir" in one)
    wanted = int(variables["WORKERS"]) * number(variables["MEMORY_LIMIT"]) + number(tmp["sizeLimit"])
    assert wanted < number(container(deployments[name])["resources"]["limits"]["memory"])


ENGINE_PORT = ROUTER_PORT = 8080


@pytest.mark.parametrize(
    "source, target, port, protocol, expected",
    [
        ("platform", "router", ROUTER_PORT, "TCP", True),
        ("router", "testing", ENGINE_PORT, "TCP", True),
        ("router", "production", ENGINE_PORT, "TCP", True),
        ("router", "resolver", 53, "UDP", True),
        ("router", "resolver", 53, "TCP", True),
        ("router", "169.254.20.10", 53, "UDP", True),
        ("platform", "production", ENGINE_PORT, "TCP", False),
        ("stranger", "production", ENGINE_PORT, "TCP", False),
        ("neighbour", "production", ENGINE_PORT, "TCP", False),
        ("neighbour", "router", ROUTER_PORT, "TCP", False),
        ("stranger", "router", ROUTER_PORT, "TCP", False),
        ("testing", "production", ENGINE_PORT, "TCP", False),
        ("testing", "router", ROUTER_PORT, "TCP", False),
        ("testing", "platform", 80, "TCP", False),
        ("testing", "resolver", 53, "UDP", False),
        ("testing", "169.254.20.10", 53, "UDP", False),
        ("testing", "192.0.2.1", 443, "TCP", False),
        ("router", "192.0.2.1", 443, "TCP", False),
        ("router", "platform", 80, "TCP", False),
        ("router", "production", 22, "TCP", False),
    ],
)
def test_the_network_is_that_of_compose(
    objects, deployments, source, target, port, protocol, expected
):
    namespace = deployments[ROUTER]["metadata"].get("namespace", "default")
    platform = "platform" if namespace == "default" else "ai-hub"
    pods = {
        "router": Pod(namespace, labels(deployments[ROUTER])),
        "testing": Pod(namespace, labels(deployments[TESTING])),
        "production": Pod(namespace, labels(deployments[PRODUCTION])),
        "neighbour": Pod(namespace, {"app.kubernetes.io/name": "another"}),
        "platform": Pod(platform, {}),
        "stranger": Pod("another", {"app.kubernetes.io/component": "router"}),
        "resolver": Pod("kube-system", {"k8s-app": "kube-dns"}),
    }
    policies = of_kind(objects, "NetworkPolicy").values()
    ends = (pods.get(source, source), pods.get(target, target))
    assert allowed(policies, namespace, *ends, port, protocol) is expected


def test_prometheus_reads_metrics_where_the_overlay_says_so_and_nowhere_else():
    prometheus = Pod("monitoring", {"app.kubernetes.io/name": "prometheus"})
    others = [Pod("monitoring", {}), Pod("another", prometheus.labels)]
    for folder, namespace, expected in ((BASE, "default", False), (OVERLAY, "standpy", True)):
        objects = build(folder)
        policies = of_kind(objects, "NetworkPolicy").values()
        for deployment in of_kind(objects, "Deployment").values():
            target = Pod(namespace, labels(deployment))
            assert allowed(policies, namespace, prometheus, target, ENGINE_PORT) is expected
            assert not any(allowed(policies, namespace, p, target, ENGINE_PORT) for p in others)
            notes = deployment["spec"]["template"]["metadata"].get("annotations", {})
            assert ("prometheus.io/scrape" in notes) is expected


# Starting, changing, ending


def test_a_new_pod_is_ready_before_an_old_one_ends(deployments):
    for deployment in deployments.values():
        strategy = deployment["spec"]["strategy"]
        assert strategy["type"] == "RollingUpdate"
        assert strategy["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
        assert "readinessProbe" in container(deployment)


@pytest.mark.parametrize("name", [TESTING, PRODUCTION])
def test_an_engine_ends_when_no_router_sends_to_it_and_the_last_script_is_done(deployments, name):
    timeout = int(environment(deployments[name])["TIMEOUT"])
    waits = container(deployments[name])["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert waits >= LEAVES_NAMES + timeout
    assert pod(deployments[name])["terminationGracePeriodSeconds"] >= waits + 10


def test_a_router_ends_after_the_longest_script(deployments):
    stop = int(environment(deployments[ROUTER])["STOP_TIMEOUT"])
    waits = container(deployments[ROUTER])["lifecycle"]["preStop"]["sleep"]["seconds"]
    timeouts = [int(environment(deployments[name])["TIMEOUT"]) for name in ENGINES.values()]
    assert stop > max(timeouts)
    assert pod(deployments[ROUTER])["terminationGracePeriodSeconds"] >= waits + stop + 5


# What the manifests name, in the real engine and router


@pytest.fixture(scope="module")
def running(deployments, tmp_path_factory):
    """(the router, the engines by name), with the variables of the manifests but for addresses and paths."""
    envs = tmp_path_factory.mktemp("envs")
    variables = {name: environment(one) for name, one in deployments.items()}
    for name in {variables[engine]["CONDA_ENV"] for engine in ENGINES.values()}:
        command = ["/usr/bin/python3", "-m", "venv", "--without-pip", "--system-site-packages"]
        subprocess.run([*command, envs / name], check=True)
    engines = {name: Engine(ENVS_DIR=str(envs), **variables[name]) for name in ENGINES.values()}
    changed = {
        name: f"127.0.0.1:{engines[value].port}"
        for name, value in variables[ROUTER].items()
        if name.endswith("_HOST")
    }
    token = envs / "token"
    token.write_text("secrettoken\n")
    changed |= {name: str(token) for name in variables[ROUTER] if name.endswith("_TOKEN_FILE")}
    del variables[ROUTER]["LISTEN"]
    router = Router(**variables[ROUTER] | changed)
    yield router, engines
    router.stop()
    for engine in engines.values():
        engine.stop()


def test_every_probe_is_answered(running, deployments):
    router, engines = running
    urls = {name: engine.endpoint for name, engine in engines.items()} | {ROUTER: router.url}
    expected = {ROUTER: {"/readyz", "/healthz"}, TESTING: {"/healthz"}, PRODUCTION: {"/healthz"}}
    for name, deployment in deployments.items():
        probes = [v for k, v in container(deployment).items() if k.endswith("Probe")]
        paths = {probe["httpGet"]["path"] for probe in probes}
        assert paths == expected[name]
        assert {probe["httpGet"]["port"] for probe in probes} == {"http"}
        for path in paths:
            assert requests.get(urls[name] + path, timeout=60).status_code == 200


def test_the_router_serves_both_engines_with_the_settings_of_the_manifests(running):
    router, _ = running
    bearer = {"Authorization": "Bearer secrettoken"}
    testing = requests.get(router.url + "/example_testing/info", timeout=60).json()
    assert (testing["workers"], testing["timeout"], testing["max_requests"]) == (1, 45, 100)
    assert testing["environment"] == "example-project-environment"
    url = router.url + "/example_production/info"
    assert requests.get(url, timeout=60).status_code == 401
    production = requests.get(url, headers=bearer, timeout=60).json()
    assert (production["workers"], production["timeout"], production["max_requests"]) == (4, 5, None)


def test_every_variable_is_one_that_engine_or_router_reads(deployments):
    assert "standpy-from-env = all\n" in (ROOT / "container/standpy.ini").read_text()
    for name, deployment in deployments.items():
        known = settings("router" if name == ROUTER else "engine")
        for variable in environment(deployment):
            assert re.sub("^ENGINE_[A-Z_]*?(?=_HOST|_TOKEN_FILE)", "ENGINE_<NAME>", variable) in known


# Autoscaling


def test_autoscalers_look_at_a_metric_that_the_engine_has_and_can_reach_their_target(running):
    _, engines = running
    objects = build(OVERLAY)
    found = of_kind(objects, "HorizontalPodAutoscaler")
    deployments = of_kind(objects, "Deployment")
    assert sorted(found) == sorted(ENGINES.values())
    for name, one in found.items():
        spec = one["spec"]
        (metric,) = spec["metrics"]
        metrics = requests.get(engines[name].endpoint + "/metrics", timeout=60).text
        assert f"# TYPE {metric['pods']['metric']['name']} gauge\n" in metrics
        target = spec["scaleTargetRef"]
        assert (target["apiVersion"], target["kind"]) == ("apps/v1", "Deployment")
        assert "replicas" not in deployments[target["name"]]["spec"]  # or each apply sets it back
        workers = int(environment(deployments[target["name"]])["WORKERS"])
        assert 0 < number(metric["pods"]["target"]["averageValue"]) < 0.9 * workers


def test_scraping_finds_the_metrics(running, objects):
    router, engines = running
    deployments = of_kind(build(OVERLAY), "Deployment")
    urls = {name: engine.endpoint for name, engine in engines.items()} | {ROUTER: router.url}
    for name, deployment in deployments.items():
        notes = deployment["spec"]["template"]["metadata"]["annotations"]
        assert int(notes["prometheus.io/port"]) == container(deployment)["ports"][0]["containerPort"]
        text = requests.get(urls[name] + notes["prometheus.io/path"], timeout=60).text
        assert "# TYPE standpy_" in text


def test_the_adapters_rule_gives_the_mean_of_each_pod(tmp_path):
    if not PROMTOOL.exists():
        pytest.skip("there is no build/tools/promtool; ./check takes it from Debian's prometheus")
    (values,) = from_yaml(ADAPTER.read_text())
    (rule,) = values["rules"]["custom"]
    names = {
        metric["pods"]["metric"]["name"]
        for one in of_kind(build(OVERLAY), "HorizontalPodAutoscaler").values()
        for metric in one["spec"]["metrics"]
    }
    assert names == {rule["name"]["as"]}
    series = rule["seriesQuery"].split("{")[0]
    query = (
        rule["metricsQuery"]
        .replace("<<.Series>>", series)
        .replace("<<.LabelMatchers>>", 'namespace="standpy",pod=~"a|b"')
        .replace("<<.GroupBy>>", "pod")
    )
    test = {
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [
                    {"series": f'{series}{{namespace="standpy",pod="a"}}', "values": "3x20"},
                    {"series": f'{series}{{namespace="standpy",pod="b"}}', "values": "1x20"},
                    {"series": f'{series}{{namespace="another",pod="a"}}', "values": "9x20"},
                    {"series": f'{series}{{namespace="standpy"}}', "values": "9x20"},
                    {"series": f'{series}{{pod="a"}}', "values": "9x20"},
                ],
                "promql_expr_test": [
                    {
                        "expr": query,
                        "eval_time": "3m",
                        "exp_samples": [
                            {"labels": '{pod="a"}', "value": 3},
                            {"labels": '{pod="b"}', "value": 1},
                        ],
                    },
                    {
                        "expr": f"count({rule['seriesQuery']})",
                        "eval_time": "3m",
                        "exp_samples": [{"labels": "{}", "value": 3}],
                    },
                ],
            }
        ],
    }
    (tmp_path / "test.yaml").write_text(json.dumps(test))
    done = subprocess.run(
        [PROMTOOL, "test", "rules", "test.yaml"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


# The overlay


def test_the_overlay_changes_namespace_images_replicas_and_storage():
    objects = build(OVERLAY)
    cluster_wide = ("Namespace", "PersistentVolume")
    assert {o["metadata"].get("namespace") for o in objects if o["kind"] not in cluster_wide} == {
        "standpy"
    }
    deployments = of_kind(objects, "Deployment")
    images = {container(one)["image"].rsplit(":", 1)[0] for one in deployments.values()}
    assert images == {
        "registry.example.com/standpy-container",
        "registry.example.com/standpy-router",
    }
    assert deployments[ROUTER]["spec"]["replicas"] == 3
    (claim,) = of_kind(objects, "PersistentVolumeClaim").values()
    volume = of_kind(objects, "PersistentVolume")[claim["spec"]["volumeName"]]
    for name in ("storageClassName", "accessModes"):
        assert claim["spec"][name] == volume["spec"][name]
    (namespace,) = of_kind(objects, "Namespace").values()
    enforced = namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
    assert enforced == "restricted"


def test_the_documented_patch_adds_an_application(tmp_path):
    document = (ROOT / "docs/kubernetes.md").read_text()
    [block] = re.findall(r"^    - target:\n(?:    .*\n)+", document, re.M)
    base = os.path.relpath(BASE, tmp_path)
    (tmp_path / "kustomization.yaml").write_text(f"resources: [{base}]\npatches:\n{block}")
    objects = build(tmp_path)
    assert schema_errors(objects, VERSIONS[-1]) == []
    variables = environment(of_kind(objects, "Deployment")[PRODUCTION])
    assert variables.keys() - settings("engine") == set()
    assert {"WSGI_APP": "dashboard:server", "WSGI_WORKERS": "2"}.items() <= variables.items()
