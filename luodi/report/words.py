"""Says the headings and explanations of the report page in the language that is spoken."""

from __future__ import annotations

from luodi.language import t


def words() -> dict[str, str]:
    """Give every fixed text of the page by the name that the template uses."""
    return {**_verdict_words(), **_quality_words(), **_cost_words(), **_data_words()}


def _verdict_words() -> dict[str, str]:
    return {
        "report": t("Report"),
        "made": t("made"),
        "is_it_worth": t("Is the large model worth it?"),
        "worth it": t("yes"),
        "slight": t("hardly"),
        "not shown": t("not shown"),
        "worse": t("no"),
        "versus": t("beside the cheap baseline, fitted on the same rows"),
        "budget": t("Budget"),
        "budget_kept": t("The declared budget is kept."),
        "budget_broken": t("The declared budget is breached."),
        "budget_none": t("No budget was declared."),
        "budget_none_hint": t("A budget in the recipe (quality, latency, size) is checked on the bundle that ships."),
        "promise": t("promise"),
        "promised": t("promised"),
        "measured": t("measured"),
        "result": t("result"),
        "kept": t("kept"),
        "missed_by": t("missed by"),
        "not_measured": t("not measured under these conditions"),
        "interval": t("95 % interval"),
    }


def _quality_words() -> dict[str, str]:
    return {
        "quality": t("How well it answers"),
        "quality_hint": t(
            "Macro-F1 averages over the labels how well each one is found, so rare labels count as much as frequent "
            "ones. The interval says how far the figure might lie on other rows of the same kind."
        ),
        "metric": t("measure"),
        "model": t("this bundle"),
        "baseline": t("baseline"),
        "abstention": t("When it does not answer"),
        "abstention_hint": t(
            "An answer is withheld where its probability is too low. The promise holds for texts like those of the "
            "validation rows, on average over such sets of rows; other choices were made by the same rows, so that a "
            "little more may be wrong. What the test rows say here counts."
        ),
        "classes": t("Label by label"),
        "classes_hint": t("The weakest label first; a click on a heading sorts."),
        "label": t("label"),
        "precision": t("precision"),
        "recall": t("recall"),
        "f1": t("F1"),
        "support": t("test rows"),
        "learned": t("rows learned from"),
        "show_all": t("show all"),
        "ranking": t("Where the first fitting candidate stands"),
        "ranking_hint": t("Questions of which some candidates fit and some do not."),
        "place_of": t("first fitting one at"),
        "questions": t("questions"),
        "confusion": t("What is mixed up"),
        "confusion_hint": t("Rows: the true label. Columns: the answer. Green is right, red is wrong."),
        "pairs_hint": t("The pairs that are mixed up most often."),
        "true": t("true label"),
        "answered": t("answered"),
        "times": t("rows"),
        "no_confusion": t("No row was answered wrong."),
        "reliability": t("Can the probabilities be trusted?"),
        "reliability_hint": t("On the dashed line a stated 80 % is right in 80 of 100 cases. Bars: how many rows."),
        "mistakes": t("The worst mistakes"),
        "mistakes_hint": t("Answered wrong with the highest probability. Often it is the label that is wrong."),
    }


def _cost_words() -> dict[str, str]:
    return {
        "cost": t("What an answer costs"),
        "learning": t("Learning curve"),
        "learning_hint": t("The ring marks the weights that were kept."),
        "latency": t("Latency"),
        "size": t("Size by part"),
        "tiers": t("Who answers"),
        "tiers_hint": t(
            "Each model as if it answered every test text alone. The promise holds for texts like those of the "
            "validation rows, in 95 of 100 such sets of rows."
        ),
        "formats": t("Number formats, measured on this machine"),
        "format": t("format"),
        "speed": t("speed beside fp32"),
        "gain": t("main metric, points"),
        "flips": t("labels changed"),
        "why": t("why"),
        "parity": t("The same answers in every form"),
        "parity_hint": t("Each form of the model beside the one before it, on the same validation texts."),
        "from": t("from"),
        "to": t("to"),
        "apart": t("largest difference in probability"),
        "stages": t("How it was made"),
        "ladder": t("Cheaper candidates"),
        "ladder_hint": t(
            "Each one was made, packed and measured on the validation rows. To the right: slower; upwards: better; the "
            "larger the dot, the larger the bundle; dotted: the budget; ringed: what was built. Points: beside the "
            "recipe's own model, with the paired 95 % interval. The choice flatters itself on the rows that made it: "
            "the test rows are the proof."
        ),
        "trials": t("What was tried"),
        "step": t("step"),
        "parameters": t("weights"),
        "time": t("time"),
        "settings": t("settings"),
        "bytes": t("size"),
    }


def _data_words() -> dict[str, str]:
    return {
        "audit": t("What is wrong with the data"),
        "audit_hint": t("luodi audit DATA shows every finding with its rows."),
        "audit_good": t("The audit found nothing that would harm a model."),
        "audit_errors": t("The data have faults that make these figures wrong"),
        "data": t("The data"),
        "part": t("part"),
        "rows": t("rows"),
        "exact": t("same text in training"),
        "near": t("nearly the same in training"),
        "no_leaks": t("No validation or test text stands among the training rows."),
        "chosen_on": t("Test texts that stand among the validation rows too, by which choices were made:"),
        "leaks": t("Some validation or test texts stand among the training rows too: the figures flatter."),
        "dropped": t("rows left out because another part holds their text:"),
        "examples": t("examples"),
        "files": t("files"),
        "fingerprint": t("fingerprint of the training rows"),
        "labels": t("labels"),
        "train": t("training"),
        "validation": t("validation"),
        "test": t("test"),
        "conditions": t("Conditions"),
        "recipe": t("Recipe"),
        "footer": t("Measured on the bundle as read back from disk, in a process without torch."),
    }
