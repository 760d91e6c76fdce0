from __future__ import annotations

import threading

import pytest

from mediaserver.media.beside import Beside


def test_work_is_done_in_order_in_another_thread() -> None:
    done: list[int] = []
    threads = set()

    def note(number: int) -> None:
        done.append(number)
        threads.add(threading.current_thread())

    beside = Beside("test")
    for number in range(50):
        beside.hand(note, number)
    beside.end()
    assert done == list(range(50))
    assert len(threads) == 1
    assert threading.current_thread() not in threads
    assert not any(thread.is_alive() for thread in threads)


def test_who_hands_over_is_never_far_ahead() -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()
    handed: list[int] = []
    beside = Beside("test")

    def wait() -> None:
        begun.release()
        go_on.wait()

    def hand() -> None:
        for number in range(20):
            beside.hand(wait)
            handed.append(number)

    giver = threading.Thread(target=hand)
    giver.start()
    begun.acquire()
    giver.join(0.2)
    assert giver.is_alive()
    assert len(handed) < 10
    go_on.set()
    giver.join()
    beside.end()
    assert len(handed) == 20


def test_what_goes_wrong_is_told_at_the_latest_at_the_end() -> None:
    def fail() -> None:
        raise ValueError("so")

    beside = Beside("test")
    beside.hand(fail)
    with pytest.raises(ValueError, match="so"):
        beside.end()
