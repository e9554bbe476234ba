"""The tail is bounded: files, functions, parameters, public methods. (Complexity is ruff's C90.)"""

import ast
import warnings

import luodi

FILE_LINES, FILE_LINES_AT_MOST = 300, 400
BODY_LINES, BODY_LINES_AT_MOST = 40, 60
PARAMETERS = 6
PUBLIC_METHODS = 12
#: Not used as names: they say nothing of what is inside.
NAMES_NOT_USED = {"core", "common", "utils", "util", "helpers", "helper", "manager", "base", "misc"}


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def body_lines(function):
    """Count the lines of a body, its docstring aside."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_files_are_short(sources, root):
    tests = sorted((root / "tests").rglob("*.py"))
    lengths = {source.place: source.text.count("\n") for source in sources}
    lengths |= {path.relative_to(root).as_posix(): path.read_text("utf-8").count("\n") for path in tests}
    assert len(tests) > 25
    assert not {place: n for place, n in lengths.items() if n > FILE_LINES_AT_MOST}
    tell("files over 300 lines", {place: n for place, n in lengths.items() if n > FILE_LINES})


def test_functions_are_short(sources):
    lengths = {
        f"{source.place}:{function.lineno} {function.name}": body_lines(function)
        for source in sources
        for function in functions(source.tree)
    }
    assert len(lengths) > 500
    assert not {place: n for place, n in lengths.items() if n > BODY_LINES_AT_MOST}
    tell("functions over 40 lines", {place: n for place, n in lengths.items() if n > BODY_LINES})


def test_parameters_are_few(sources):
    """Count what a caller must give or know: all parameters but self and ``progress``.

    A verb, of the command line or of the face, spells out as keywords what its user meets one by one.
    """
    n, long = 0, {}
    for source in sources:
        for function in functions(source.tree):
            n += 1
            arguments = function.args
            named = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
            is_command = source.module.startswith("luodi.cli.") and any(
                a.arg == "options" for a in arguments.kwonlyargs
            )
            is_face = function.name in luodi._FACE and source.module.startswith(luodi._FACE[function.name])
            if not (is_command or is_face):
                named += [one.arg for one in arguments.kwonlyargs]
            counted = [name for name in named if name not in ("self", "cls", "progress")]
            if len(counted) > PARAMETERS:
                long[f"{source.place}:{function.lineno} {function.name}"] = len(counted)
    assert n > 500
    assert not long


def test_classes_are_small(sources):
    classes = [(s.place, node) for s in sources for node in ast.walk(s.tree) if isinstance(node, ast.ClassDef)]
    methods = {
        f"{place}: {node.name}": sum(isinstance(m, ast.FunctionDef) and not m.name.startswith("_") for m in node.body)
        for place, node in classes
    }
    assert len(methods) > 60
    assert not {place: n for place, n in methods.items() if n > PUBLIC_METHODS}


def test_names_say_something(sources):
    words = {source.module: set(source.module.split(".")) for source in sources}
    assert not {module for module, parts in words.items() if parts & NAMES_NOT_USED}


def test_every_file_says_in_one_line_what_it_is(sources):
    assert not [source.place for source in sources if not (ast.get_docstring(source.tree) or "").strip()]
    first = {source.place: source.text.partition("\n")[0] for source in sources}
    assert not [place for place, line in first.items() if not line.startswith(('"""', 'r"""'))]


def test_faces_hold_no_code(sources):
    """A folder's ``__init__`` is its face: a docstring, imports, a list of names."""
    faces = [source for source in sources if source.is_package and source.module != "luodi"]
    allowed = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign)
    assert len(faces) >= 10
    assert not [s.place for s in faces for node in s.tree.body if not isinstance(node, allowed)]


def tell(what, found):
    if found:  # a warning in the summary, not an error: the style asks, it does not forbid
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn(f"{what}: {found}", stacklevel=2)
