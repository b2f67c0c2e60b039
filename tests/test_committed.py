"""Work that waits for the commit: not done for a savepoint, done once, not done again."""

from __future__ import annotations

import ckan.model as model
import pytest

from ckanext.satudata import committed

pytestmark = pytest.mark.usefixtures("with_request_context")


@pytest.fixture
def done():
    model.Session.rollback()
    return []


def test_work_waits_for_the_end_of_the_transaction_and_is_done_once(done):
    def work() -> None:
        done.append("work")

    with model.Session.begin_nested():
        committed.then(work)
    committed.then(work)
    assert done == []
    model.Session.commit()
    assert done == ["work"]
    model.Session.commit()
    assert done == ["work"]


def test_what_is_asked_for_in_a_session_of_its_own_waits_for_that_one(done):
    own = model.meta.create_local_session()
    committed.then(lambda: done.append("own"), own)
    model.Session.commit()
    assert done == []
    own.commit()
    own.close()
    assert done == ["own"]


def test_work_comes_in_the_order_in_which_it_was_asked_for(done):
    for name in "bac":
        committed.then(lambda name=name: done.append(name))
    model.Session.commit()
    assert done == ["b", "a", "c"]
