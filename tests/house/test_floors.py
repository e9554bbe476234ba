"""A file imports from its own folder and from floors below its own, and no circle closes."""

import ast

#: The floors of the house, lowest first. What stands beside another on a floor does not know it.
FLOORS = {
    "errors": 1, "language": 1,
    "registry": 2, "runtime": 2, "progress": 2, "plain_json": 2, "disk": 2, "limits": 2, "budget": 2, "origin": 2,
    "data": 3, "tasks": 4, "models": 5, "tune": 6,
    "compress": 7, "federated": 7, "distributed": 7,
    "verify": 8, "bundle": 9, "report": 9, "auditing": 10, "job": 11, "labelling": 11, "store": 12, "serve": 13,
    "client": 13, "monitor": 14, "update": 15, "console": 16, "testing": 17, "cli": 17,
}  # fmt: skip
#: What any file may ask of the package itself, whose face is lazy.
ABOUT = {"__version__", "__doc__"}
#: ``python -m luodi`` stands above all floors, the face beside them: it names modules and imports none.
OUTSIDE = {"luodi", "luodi.__main__"}


def part(module):
    return module.split(".")[1]


def test_every_part_has_its_floor(sources):
    parts = {part(source.module) for source in sources if source.module not in OUTSIDE}
    assert parts <= set(FLOORS), "a new folder needs its floor"
    assert len(parts) >= 14


def test_imports_go_down(imports):
    n, upward = 0, []
    for module, targets in imports.items():
        if module in OUTSIDE:
            continue
        for target, line in targets - {(name, line) for name, line in targets if name == "luodi"}:
            n += 1
            ours, theirs = FLOORS[part(module)], FLOORS[part(target)]
            is_own = part(module) == part(target)
            are_files = "." not in module.removeprefix("luodi.") and "." not in target.removeprefix("luodi.")
            beside = ours == theirs and are_files  # errors, registry, budget ... lie in one folder: luodi itself
            if not (is_own or theirs < ours or beside):
                upward.append(f"{module}:{line} (floor {ours}) imports {target} (floor {theirs})")
    assert n > 300
    assert not upward, "\n".join(upward)


def test_the_package_itself_is_asked_only_about_itself(sources):
    asked = [
        (source.place, node.lineno, node.attr)
        for source in sources
        if source.module not in OUTSIDE
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "luodi"
    ]
    assert [row for row in asked if row[2] not in ABOUT] == []


def test_no_circle_closes(imports):
    """Imports for type checking and imports in functions count too: what they hide is still a circle."""
    edges = {module: {target for target, _ in targets} - OUTSIDE for module, targets in imports.items()}
    circles = [group for group in strongly_connected(edges) if len(group) > 1]
    assert len(edges) > 90
    assert not circles, "\n".join(" <-> ".join(sorted(group)) for group in circles)


def strongly_connected(edges):
    """Find groups of which each reaches each (Tarjan 1972, SIAM Journal on Computing 1)."""
    index, low, stack, groups = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in edges.get(node, ()):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            place = stack.index(node)
            groups.append(stack[place:])
            del stack[place:]

    for node in edges:
        if node not in index:
            visit(node)
    return groups


def test_circles_are_seen():
    assert sorted(map(sorted, strongly_connected({"a": {"b"}, "b": {"c"}, "c": {"b"}}))) == [["a"], ["b", "c"]]
