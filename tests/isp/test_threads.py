"""Queues of work."""

import threading

import pytest

from isp.threads import queue, share


def test_an_interruption_drops_what_waits():
    done, started, go = [], threading.Event(), threading.Event()

    def work(number):
        started.set()
        go.wait(5)
        done.append(number)

    with pytest.raises(KeyboardInterrupt), queue(1) as pool:
        jobs = [pool.submit(work, number) for number in range(9)]
        started.wait(5)
        raise KeyboardInterrupt
    go.set()
    jobs[0].result()
    assert done == [0] and all(job.cancelled() for job in jobs[1:])


def test_a_queue_is_worked_through():
    with queue(2) as pool:
        jobs = [pool.submit(int, number) for number in range(9)]
    assert [job.result() for job in jobs] == list(range(9))


def test_an_interruption_drops_what_is_shared_and_waits():
    done, started, go = [], threading.Event(), threading.Event()

    def work(number):
        if number == 0:
            started.wait(5)
            raise KeyboardInterrupt
        started.set()
        go.wait(0.5)
        done.append(number)

    with pytest.raises(KeyboardInterrupt):
        share(work, range(9), 2)
    go.set()
    both = threading.Barrier(2)
    share(lambda _: both.wait(9), range(2), 2)  # on the same threads: they are done with the rest
    assert done == [1]
