"""What is written about the house is true of it: the tree, the parts, the verbs, the languages, the files."""

import ast
import re
import tomllib
from dataclasses import fields
from fnmatch import fnmatch

import pytest

import luodi
from luodi.registry import kinds, parts

READMES = ("README.md", "README.zh-CN.md")
PAGES = ("docs/parts.md", "docs/zh/parts.md")
#: Folders that hold no sources.
_MADE = {"build", "dist", "demo", "node_modules", "shared"}


@pytest.fixture(scope="module")
def registered():
    """Every registered part: (kind, name, class)."""
    from luodi.job.parts import enrol

    enrol()
    found = [(kind, name, part) for kind in kinds() for name, part in parts(kind).items()]
    assert len(found) >= 4
    return found


def tree_of(readme):
    """Read the indented tree: the entries of luodi/, and the folders beside it."""
    lines = readme.splitlines()
    start = lines.index("    luodi/")
    inside, beside = set(), set()
    for line in lines[start + 1 :]:
        if not line.strip():
            break
        name = line.split()[0]
        (inside if line.startswith("      ") else beside).add(name)
    return inside, beside


@pytest.mark.parametrize("name", READMES)
def test_the_tree_in_the_readme_equals_the_disk(root, name):
    inside, beside = tree_of((root / name).read_text("utf-8"))
    package = root / "luodi"
    on_disk = {p.name for p in package.glob("*.py") if not p.name.startswith("__")}
    on_disk |= {f"{p.name}/" for p in package.iterdir() if (p / "__init__.py").is_file()}
    assert len(on_disk) >= 14
    assert inside == on_disk
    folders = {
        f"{p.name}/"
        for p in root.iterdir()
        if p.is_dir()
        and not p.name.startswith(".")
        and p.name not in _MADE
        and "." not in p.name
        and any(file.is_file() for file in p.rglob("[!.]*.*"))
    }
    assert beside == folders - {"luodi/"}


@pytest.mark.parametrize("page", PAGES)
def test_every_part_has_its_row(root, page, registered):
    text = (root / page).read_text("utf-8")
    assert not [
        f"{kind} {name}" for kind, name, _ in registered if not re.search(rf"^\| `{name}` \|", text, re.MULTILINE)
    ]


@pytest.mark.parametrize("page", PAGES)
def test_every_field_of_a_part_is_explained(root, page, registered):
    text = (root / page).read_text("utf-8")
    whole = [part for kind, _, part in registered if kind not in ("baseline", "check", "head", "shift", "softening")]
    named = {one.name for part in whole for one in fields(part)}
    assert len(named) >= 10
    assert not [name for name in sorted(named) if f"`{name}`" not in text]


def test_every_verb_has_its_page_in_both_languages(root):
    from luodi.cli.app import VERBS

    missing = [
        f"{folder}/{verb}.md"
        for verb in VERBS
        for folder in ("docs", "docs/zh")
        if not (root / folder / f"{verb}.md").is_file()
    ]
    assert len(VERBS) >= 9
    assert not missing


@pytest.mark.parametrize("name", READMES)
def test_every_verb_has_its_row_in_the_readme(root, name):
    from luodi.cli.app import VERBS

    text = (root / name).read_text("utf-8")
    assert not [verb for verb in VERBS if f"| [`{verb}`](" not in text]


def test_every_page_exists_in_both_languages(root):
    english = {p.name for p in (root / "docs").glob("*.md")} - {"log.md"}
    chinese = {p.name for p in (root / "docs" / "zh").glob("*.md")}
    assert english == chinese
    assert len(english) >= 12


def test_links_between_pages_lead_somewhere(root):
    pages = [root / name for name in (*READMES, "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
        (root / "docs").rglob("*.md")
    )
    links = [
        (page.relative_to(root).as_posix(), target)
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8"))
        if "://" not in target
    ]
    assert len(links) > 40
    assert not [(page, target) for page, target in links if not ((root / page).parent / target).exists()]


def test_every_option_of_a_verb_is_on_its_page(root):
    """Only a verb's own options; those that all verbs share stand on the first page."""
    from luodi.cli.app import VERBS

    n, missing = 0, []
    for verb, (place, _) in VERBS.items():
        module, _, function = place.partition(":")
        tree = ast.parse((root / f"{module.replace('.', '/')}.py").read_text("utf-8"))
        node = next(one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == function)
        options = [
            a.arg.strip("_").replace("_", "-") for a in node.args.kwonlyargs if a.arg not in ("options", "columns")
        ]
        for option in options:
            n += 1
            for folder in ("docs", "docs/zh"):
                if f"--{option}" not in (root / folder / f"{verb}.md").read_text("utf-8"):
                    missing.append(f"{folder}/{verb}.md: --{option}")
    assert n > 15
    assert not missing


def test_the_version_is_the_same_everywhere(root):
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == luodi.__version__
    assert f"## [{luodi.__version__}]" in (root / "CHANGELOG.md").read_text("utf-8")


def test_extras_are_as_promised(root):
    extras = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert {"serve", "train", "all", "dev"} <= set(extras)
    assert not [row for row in extras["serve"] if re.match(r"torch|transformers|accelerate|luodi", row)]


def test_the_doctor_looks_for_every_extra(root):
    """Each by a module of a package that this very extra names."""
    from luodi.job.checkup import EXTRAS

    extras = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(EXTRAS) == set(extras) - {"all", "dev", "bench"}
    named = {extra: " ".join(extras[extra]).replace("-", "_") for extra in EXTRAS}
    assert not [f"{extra}: {module}" for extra, module in EXTRAS.items() if module not in named[extra]]
    pages = [(root / folder / "doctor.md").read_text("utf-8") for folder in ("docs", "docs/zh")]
    assert not [extra for extra in EXTRAS for page in pages if extra not in page]


def test_nothing_speaks_of_this_machine(root):
    """No tracked file names a home folder or a work folder of whoever wrote it."""
    suffixes = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".txt", ".html", ".css", ".js", ""}
    folders = ("luodi", "tests", "docs", "benchmarks", ".ci")
    files = [
        p for folder in folders for p in (root / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts
    ]
    files += [p for p in root.iterdir() if p.is_file() and p.name != ".git"]  # a file in a second working tree
    files = [p for p in files if p.suffix in suffixes]
    spoken = re.compile(r"(?<![\w.])/(?:home|Users|root|work|opt)/\w")
    assert len(files) > 150
    assert not [p.relative_to(root).as_posix() for p in files if spoken.search(p.read_text("utf-8", errors="replace"))]


def test_every_package_file_is_shipped(root):
    """What is not Python has to be named in pyproject, or an installed luodi lacks it."""
    config = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    patterns = config["tool"]["setuptools"]["package-data"]["luodi"]
    package = root / "luodi"
    files = [
        p.relative_to(package).as_posix() for p in package.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")
    ]
    assert len(files) > 8
    assert not [name for name in files if not any(fnmatch(name, pattern) for pattern in patterns)]
