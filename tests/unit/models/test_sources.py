"""Names of models: the zoo, folders, hubs; a hub out of reach ends in one sentence."""

import subprocess
import sys

import pytest

from luodi.errors import MissingExtra, ModelError
from luodi.models import ZOO, find_source
from luodi.models import sources as finder
from luodi.models.hub import is_hub_id
from luodi.models.zoo import Entry


def test_a_folder_is_taken_before_a_hub_is_asked(tmp_path, monkeypatch):
    (tmp_path / "org" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(finder, "fetch", lambda name: pytest.fail(f"asked the hub for {name}"))
    assert find_source("org/name").kind == "folder"


@pytest.mark.parametrize(
    "name", ["minilm", "", "./nothing", "/no/where", "a/b/c", "~/x", "modelscope:x", "é/x", "../a/b"]
)
def test_a_name_that_can_be_nothing_is_refused_at_once(name):
    with pytest.raises(ModelError, match="neither in the zoo nor a folder"):
        find_source(name)


def test_a_misspelt_name_is_mended():
    with pytest.raises(ModelError, match="minilm-en"):
        find_source("minlm-en")


def test_a_package_that_is_not_there_is_named(monkeypatch):
    absent = Entry("not-there", "luodi_not_there", "x", "none", 1, 1, 1, 1, "MIT")
    monkeypatch.setattr(finder, "ZOO", {**ZOO, "absent": absent})
    with pytest.raises(MissingExtra, match="not-there") as caught:
        find_source("absent")
    assert caught.value.fix == 'pip install "luodi[zoo]"'


def test_a_hub_model_offline_is_one_sentence():
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE") as caught:
        find_source("no-such-org/no-such-model")
    assert "HF_ENDPOINT" in caught.value.fix
    assert len(str(caught.value).splitlines()) <= 3


def test_a_mirror_that_does_not_answer_is_named():
    """In a process of its own, since the hub's client reads the environment once."""
    program = (
        "from luodi.models import find_source\nfrom luodi.errors import ModelError\n"
        "try: find_source('no-such-org/no-such-model')\nexcept ModelError as failed: print(failed)\n"
    )
    environment = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "0", "LC_ALL": "en_US.UTF-8"}
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.startswith("model: no-such-org/no-such-model could not be fetched")
    assert "http://127.0.0.1:9" in told.stdout
    assert "Traceback" not in told.stderr


def test_a_hub_folder_with_pickles_only_is_refused(tmp_path, monkeypatch):
    import huggingface_hub

    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    asked = {}

    def download(name, **options):
        asked.update(options, name=name)
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    with pytest.raises(ModelError, match="pickled weights are never loaded") as caught:
        find_source("org/old")
    assert caught.value.found == "pytorch_model.bin"
    assert not any("bin" in pattern or pattern == "*" for pattern in asked["allow_patterns"])
    (tmp_path / "model.safetensors").touch()
    assert find_source("org/old").kind == "hub"


def test_modelscope_needs_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "modelscope", None)
    with pytest.raises(MissingExtra, match="modelscope"):
        find_source("modelscope:org/name")


def test_hub_ids_have_one_form():
    assert all(map(is_hub_id, ("a/b", "hfl/chinese-roberta-wwm-ext", "modelscope:iic/nlp_x")))
    assert not any(map(is_hub_id, ("a", "a/b/c", "/a/b", "./a", "a b/c", "https://x/y", "a/", "中/文")))


def test_the_face_is_light():
    program = "import sys, luodi.models; print(*({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == ""
