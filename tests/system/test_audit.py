"""The canary of the audit: it sees every harm that it is there to see."""

import copy

import pytest

from parleytest import check, load

WHERE = "ann~bob"


class Reader:
    """A client whose server holds `records`."""

    def __init__(self, records):
        self.records = records

    def pages(self, method, key, **_):
        return [{"conversation": WHERE, "head": len(self.records)}]

    def history(self, conversation, after=0):
        return copy.deepcopy(self.records[after:])


class Told:
    """A load that went well: ann sent three, one was refused, one is of unknown fate and did arrive."""

    def __init__(self):
        self.chatters = [load.Chatter(0, user, "", 1) for user in ("ann", "bob")]
        self.ann, self.bob = self.chatters
        self.records = [self.record(seq) for seq in (1, 2, 3)] + [self.record(4, number=7)]
        for chatter in self.chatters:
            chatter.client = Reader(copy.deepcopy(self.records))
            chatter.follows[WHERE] = follower = load.Follower(WHERE)
            follower.records = copy.deepcopy(self.records)
        self.ann.acknowledged = [self.message(number, seq=number) for number in (1, 2, 3)]
        self.ann.refused = [self.message(9)]
        self.ann.unknown = [self.message(7)]

    def record(self, seq, number=None):
        return {"conversation": WHERE, "seq": seq, "from": "ann", "time_ms": 1000 + seq, "kind": "text", "body": f"ann says {number or seq} ..."}

    def message(self, number, seq=0):
        return load.Message(id=f"ann-{number}", to="bob", body=f"ann says {number} ...", conversation=WHERE, seq=seq)

    def everywhere(self, change):
        """Does `change` to the records that every reader gets, and to what every follower has."""
        for chatter in self.chatters:
            change(chatter.client.records)
            change(chatter.follows[WHERE].records)


def test_what_went_well_passes():
    assert check.audit(Told()) == 4


def renumber(records):
    for seq, record in enumerate(records, 1):
        record["seq"] = seq


def lose(records):
    del records[1]
    renumber(records)


def double(records):
    records.insert(1, dict(records[0]))
    renumber(records)


def swap(records):
    records[0]["body"], records[1]["body"] = records[1]["body"], records[0]["body"]


HARMS = {
    "lost": lose,
    "lost at the end": lambda records: records.__delitem__(slice(2, None)),
    "doubled": double,
    "swapped": swap,
    "a hole in the sequence": lambda records: records[3].update(seq=5),
    "time goes back": lambda records: records[2].update(time_ms=5),
    "a refused one is there": lambda records: records.append(Told().record(5, number=9)),
    "one that nobody sent": lambda records: records.append(Told().record(5, number=11)),
    "another body": lambda records: records[0].update(body="ann says 1 ,,,"),
    "another sender": lambda records: records[0].update({"from": "bob"}),
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS.keys())
def test_every_harm_is_seen(harm):
    told = Told()
    told.everywhere(harm)
    with pytest.raises(AssertionError):
        check.audit(told)


@pytest.mark.parametrize("member", [0, 1])
def test_members_who_see_different_things_are_seen(member):
    told = Told()
    told.chatters[member].client.records[3]["body"] = "ann says 7 ???"
    with pytest.raises(AssertionError):
        check.audit(told)


def test_a_follower_who_missed_one_is_seen():
    told = Told()
    del told.bob.follows[WHERE].records[3]
    with pytest.raises(AssertionError):
        check.audit(told)


def test_acknowledgements_out_of_order_are_seen():
    told = Told()
    told.ann.acknowledged.reverse()
    with pytest.raises(AssertionError):
        check.audit(told)
