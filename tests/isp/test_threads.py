"""Queues of work."""

import threading

import pytest

from isp.threads import queue


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
