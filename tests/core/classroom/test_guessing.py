"""How long somebody waits who names wrong codes."""

from core.classroom.guessing import ALPHABET, IN_ALL, LENGTH, PER_ADDRESS, WINDOW, Guesses, readable, typed


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def guessing():
    clock = Clock()
    return Guesses(clock), clock


def test_a_few_slips_are_free_and_then_one_waits():
    guesses, clock = guessing()
    for _ in range(PER_ADDRESS):
        assert guesses.wait("10.0.0.5") == 0
        guesses.miss("10.0.0.5")
        clock.now += 1
    assert guesses.wait("10.0.0.5") == WINDOW - PER_ADDRESS
    assert guesses.wait("10.0.0.6") == 0
    clock.now += WINDOW - PER_ADDRESS
    assert guesses.wait("10.0.0.5") == 0


def test_many_addresses_do_not_get_many_guesses_and_lock_nobody_out():
    guesses, _ = guessing()
    for number in range(IN_ALL):
        guesses.miss(f"10.0.{number}.1")
    assert guesses.wait("10.0.3.1") > 0  # one miss is enough now
    assert guesses.wait("192.168.0.7") == 0  # whoever has the right code comes in all the same


def test_a_device_with_all_addresses_of_a_network_is_one():
    guesses, _ = guessing()
    for number in range(PER_ADDRESS):
        guesses.miss(f"fe80::{number:x}%eth0")
    assert guesses.wait("fe80::abcd:1%eth0") > 0 and guesses.wait("fd00::1") == 0


def test_a_code_is_read_from_a_wall_and_typed_on_a_phone():
    assert readable("KXM4RT") == "KXM 4RT"
    assert typed(" kxm-4rt ") == typed("KXM 4RT") == "KXM4RT"
    assert typed("x" * 10_000) == "X" * 50
    assert not set("AEIOU01") & set(ALPHABET) and len(ALPHABET) ** LENGTH > 4e8
