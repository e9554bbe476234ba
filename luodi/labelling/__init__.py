"""Labelling help: which rows to look at first, a page to answer on, saved answers, and how far two people agree."""

from luodi.labelling.agreement import Agreement, agreement, cohen_kappa, two_people
from luodi.labelling.answers import Answer, answers_of, my_answers, standing, text_key
from luodi.labelling.batch import Look, plan
from luodi.labelling.journal import Journal, open_journal, read_journal
from luodi.labelling.merge import Merged, merge
from luodi.labelling.order import informative
from luodi.labelling.source import Source, read_source
from luodi.labelling.walk import Question, Walk

__all__ = [
    "Agreement", "Answer", "Journal", "Look", "Merged", "Question", "Source", "Walk", "agreement", "answers_of",
    "cohen_kappa", "informative", "merge", "my_answers", "open_journal", "plan", "read_journal", "read_source",
    "standing", "text_key", "two_people",
]  # fmt: skip
