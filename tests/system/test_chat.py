"""`parley chat` with pipes: what people type and see, with friends and in groups."""

import pytest

from parleytest.client import patiently


@pytest.fixture
def town(own_town):
    """A system of this file's own: what others announce is shown to everybody."""
    return own_town


def befriend(one, other):
    one.call("friend.request", user=other.user)
    other.call("friend.accept", user=one.user)


def test_two_people_talk(chat, town):
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    one, other = chat(ann, bob.user), chat(bob)
    one.say("hello bob")
    other.expect(f"({ann.user})")
    other.say(f"/to {ann.user}", "hello ann", "/me waves")
    one.expect(f"{bob.user}: hello ann")
    assert one.expect("waves").endswith(f"* {bob.user} waves")
    one.say("/react +1", f"/edit hello @{bob.user}", "/history 10")
    other.expect(f"{ann.user} reacted +1 to 3")
    other.expect(f"{ann.user} changed 1: hello @{bob.user}")
    one.expect(f"hello @{bob.user} (changed)")
    assert f"{bob.user}: hello ann" in "\n".join(one.end())
    other.end()


def test_a_script_is_done_line_by_line(chat, town):
    """Each command sees what those before it did, however fast the lines come."""
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    group = f"#{town.handle('garden')}"
    one = chat(ann)
    one.say(f"/create {group} request The Garden", "first", "second", "/topic What grows", "/info", f"/invite {bob.user}", "/members", "/leave", "/read",
            f"/to {bob.user}", "over there", "/list")
    said = "\n".join(one.end())
    order = [f"{group} is yours", "What grows\n", f"{bob.user} is invited to {group}", "owner  ", "transfer", "Read."]
    found = [said.find(each) for each in order]
    assert all(at >= 0 for at in found), said
    assert "(The Garden), 1 members" in said and "newcomers ask" in said
    assert [r["body"] for r in ann.history(group) if r["kind"] == "text"] == ["first", "second"]
    assert bob.push("message.new")["body"] == "over there"


def test_friends(chat, town):
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    one, other = chat(ann), chat(bob)
    one.step(f"/add {bob.user} from the garden", f"{bob.user} is asked; /cancel {bob.user} takes it back.")
    other.expect(f"* {ann.user} asks to be friends: from the garden  (/accept {ann.user} or /decline {ann.user})")
    other.say("/requests")
    other.expect("from the garden")
    other.say(f"/accept {ann.user}")
    one.expect(f"* {bob.user} and you are friends now")
    one.say(f"/alias {bob.user} Bobby", "/friends")
    assert one.expect("online  Bobby").split() == [bob.user, "online", "Bobby"]
    other.say("/status away lunch")
    one.expect(f"* {bob.user} is away: lunch")
    other.say(f"/unfriend {ann.user}")
    one.expect(f"* {bob.user} and you are no longer friends")
    other.say(f"/block {ann.user}", "/blocked")
    other.expect("since")
    one.say(f"/msg {bob.user} are you there?", f"/add {bob.user}")
    one.expect("! not sent")
    other.say(f"/unblock {ann.user}", "/blocked")
    other.expect("You block nobody.")
    one.say(f"/msg {bob.user} and now?")
    other.expect("and now?")


def test_what_waited_is_shown_at_the_start(chat, town):
    ann, bob, cat = town.newcomer("ann"), town.newcomer("bob"), town.newcomer("cat")
    group = f"#{town.handle('garden')}"
    cat.call("group.create", group=group)
    cat.call("group.invite", group=group, user=ann.user)
    bob.call("friend.request", user=ann.user)
    befriend(cat, ann)
    one = chat(ann)
    for said in (f"Who wants to be friends (/accept USER, /decline USER): {bob.user}", f"Groups you are invited to (/join #GROUP): {group}",
                 f"Friends who are here: {cat.user}"):
        patiently(lambda: any(said in line for line in one.lines), what=said)
    one.say(f"/accept {bob.user}", f"/accept {group}")
    one.expect(f"You are in {group}.")
    assert {f["user"] for f in ann.call("friend.list")["friends"]} == {bob.user, cat.user}


def test_a_chat_with_a_group(chat, town):
    """The transcript of three people: nothing more and nothing less than this is shown."""
    ann, bob, cat = (town.newcomer(name) for name in ("ann", "bob", "cat"))
    a, b, c = ann.user, bob.user, cat.user
    group = f"#{town.handle('garden')}"
    one, other, third = chat(ann), chat(bob), chat(cat)
    one.step(f"/create {group} invite", f"* {a} created the group", f"{group} is yours; /invite USER asks somebody in.")
    one.step("nobody else here yet", f"{a}: nobody else here yet")
    third.say(f"/join {group}")
    third.expect("! ")
    one.step(f"/invite {b}", f"{b} is invited to {group}.")
    other.step("", f"* {a} invites you to {group}  (/join {group})")
    other.step(f"/join {group}", f"You are in {group}.", f"* {b} joined")
    one.step("", f"* {b} joined")
    other.step("hello", f"{b}: hello")
    one.step("", f"{b}: hello")
    one.step(f"/role {b} admin", "Done.", f"* {a} made {b} an admin")
    other.step("", f"* {a} made you an admin")
    other.step(f"/invite {c}", f"{c} is invited to {group}.")
    third.step("", f"* {b} invites you to {group}  (/join {group})")
    third.step(f"/accept {group}", f"You are in {group}.", f"* {c} joined")
    for each in (one, other):
        each.step("", f"* {c} joined")
    third.step("I am new", f"{c}: I am new")
    for each in (one, other):
        each.step("", f"{c}: I am new")
    other.step("/topic What grows", "Done.", f"* {b} set the topic: What grows")
    for each in (one, third):
        each.step("", f"* {b} set the topic: What grows")
    other.say(f"/mute {c} 10m")
    other.expect("Done.")
    one.expect(f"* {b} muted {c} until")
    third.expect(f"* {b} muted you until")
    other.settle(f"* {b} muted {c} until")
    third.say("may I?")
    third.expect("! not sent")
    other.step(f"/kick {c} ban", "They are out, and can't come back.", f"* {b} removed {c}")
    one.step("", f"* {b} removed {c}")
    third.expect(f"{b} removed you")
    third.expect(f"you are no longer in {group}")
    one.step(f"/transfer {b}", "Done.", f"* {a} gave the group to {b}")
    one.step("/leave", f"You have left {group}.", f"* {a} left", f"! you are no longer in {group}; /to NAME goes elsewhere")
    other.expect(f"{a} left")
    other.step(f"/dissolve {group}", f"{group} is no more.", f"* {b} dissolved the group", f"! you are no longer in {group}; /to NAME goes elsewhere")
    assert [c["conversation"] for c in bob.call("message.sync")["conversations"] if c["conversation"] != "!all"] == []


def test_joining_again_shows_nothing_of_what_was_said_between(chat, town):
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    group = f"#{town.handle('garden')}"
    ann.call("group.create", group=group)
    one = chat(bob)
    one.say(f"/join {group}", "I am here", f"/leave {group}")
    one.expect("You have left")
    ann.call("message.send", to=group, body="a secret", id="1")
    one.say(f"/join {group}", "I am back", "/history 50")
    one.expect("I am back")
    ann.call("message.send", to=group, body="welcome", id="2")
    one.expect("welcome")
    said = "\n".join(one.end())
    assert "a secret" not in said and "I am here" in said


def test_requests_to_join(chat, town):
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    group = f"#{town.handle('garden')}"
    one, other = chat(ann), chat(bob)
    one.say(f"/create {group} request")
    one.expect("is yours")
    other.say(f"/join {group} I grow roses")
    other.expect(f"{group} is asked to let you in")
    one.expect(f"* {bob.user} asks to join {group}: I grow roses  (/approve {bob.user} {group} or /reject {bob.user} {group})")
    one.say(f"/requests {group}", f"/approve {bob.user}")
    one.expect("I grow roses")
    other.expect(f"* {ann.user} let you into {group}  (/to {group})")
    other.say(f"/to {group}", "thanks")
    one.expect(f"{bob.user}: thanks")


def test_typing_in_a_group_is_seen(chat, town):
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    group = f"#{town.handle('garden')}"
    ann.call("group.create", group=group)
    one = chat(bob)
    one.say(f"/join {group}")
    one.expect("You are in")

    def seen():
        ann.notify("message.typing", to=group, on=True)
        return any(f"* {ann.user} is typing in {group}" in line for line in one.lines)

    patiently(seen, every=0.2, what="somebody typing")


def test_announcements_are_shown_and_can_not_be_answered(chat, town):
    root = town.stranger()
    root.login("root", town.cluster.root_password())
    one = chat(town.newcomer("ann"))
    root.call("admin.announce", body="tea at five", id=town.handle("tea"))
    assert "(!all)" in one.expect("root: tea at five")
    one.say("/to !all", "thanks", "/history 5")
    one.expect("! announcements are for reading")
    assert one.expect("root: tea at five").startswith("[")


def test_mistakes_are_explained(chat, town):
    one = chat(town.newcomer("ann"))
    for line, said in (
        ("hello?", "! to whom? Say /to NAME first"),
        ("/nonsense", "! there is no /nonsense; /help lists the commands"),
        ("/add", "! whom?: /add USER [TEXT]"),
        ("/add Not-A-Handle", "! Not-A-Handle is no user's handle"),
        ("/join garden", "! which group? Its handle begins with #: /join #GROUP [TEXT]"),
        ("/leave", "! in which group?"),
        ("/join #no.such.group.here", "! "),
        ("/role bob", "! which role?: /role USER admin|member [#GROUP]"),
        ("/dissolve", "! this can't be undone: say which"),
        ("/help mute", "/mute [USER|all] TIME"),
        ("/help", "/friends"),
    ):
        one.say(line)
        one.expect(said)
    one.end()
