#!/usr/bin/python3
"""The models of `ikebench speed` in SimPy, to compare with (`make speed`).

speed-simpy.py version           versions of SimPy and Python
speed-simpy.py retransmission N  N trials of bench/speed/retransmission.h
speed-simpy.py mm1 N             N customers of bench/speed/mm1.c

The last two print: seconds of processor time, events, N, and a mean that tells whether the model is
right (seconds until completion; seconds in the system). Start-up is not timed. Events are callbacks
of timeouts, which is SimPy's fastest way: its processes take four times as long. What SimPy cannot
cancel is ignored when it fires, and not counted."""

import random
import sys
import time

import simpy

LOSS, MEDIAN_S, SIGMA = 0.05, 0.02, 0.5
MESSAGES, ATTEMPTS = 9, 6


class Retransmission:
    """Nine messages that two sides send in turn, each repeated until it is answered."""

    def __init__(self, luck):
        self.env = simpy.Environment()
        self.luck = luck
        self.next = 0
        self.failed = False
        self.events = 0
        self.attempt = [0] * MESSAGES
        self.armed = [False] * MESSAGES

    def run(self):
        self.transmit(0)
        step = self.env.step
        while not self.failed and self.next < MESSAGES:
            step()

    def send(self, message):
        if self.luck.random() < LOSS:
            return
        delay = MEDIAN_S * self.luck.lognormvariate(0.0, SIGMA)
        timeout = self.env.timeout(delay, message)
        timeout.callbacks.append(self.arrived)

    def transmit(self, message):
        self.send(message)
        if message + 1 < MESSAGES:
            self.armed[message] = True
            self.env.timeout(1.0, message).callbacks.append(self.unanswered)

    def arrived(self, timeout):
        self.events += 1
        message = timeout.value
        if message == self.next:
            self.next += 1
            if message > 0:
                self.armed[message - 1] = False
            if self.next < MESSAGES:
                self.transmit(self.next)
        elif message == self.next - 1:
            self.send(self.next)

    def unanswered(self, timeout):
        message = timeout.value
        if not self.armed[message]:
            return
        self.events += 1
        self.attempt[message] += 1
        if self.attempt[message] == ATTEMPTS:
            self.failed = True
            return
        self.send(message)
        self.env.timeout(2.0 ** self.attempt[message], message).callbacks.append(self.unanswered)


def retransmission(trials):
    luck = random.Random(63)
    events, completed, completion = 0, 0, 0.0
    for _ in range(trials):
        trial = Retransmission(luck)
        trial.run()
        events += trial.events
        if not trial.failed:
            completed += 1
            completion += trial.env.now
    return events, completion / completed


class Queue:
    """M/M/1: half a customer a second arrives, one a second is served."""

    def __init__(self, customers, luck):
        self.env = simpy.Environment()
        self.luck = luck
        self.left = customers
        self.line = []
        self.served = 0
        self.sojourn = 0.0

    def run(self):
        self.env.timeout(0.0).callbacks.append(self.arrive)
        self.env.run()

    def serve(self):
        self.env.timeout(self.luck.expovariate(1.0)).callbacks.append(self.depart)

    def arrive(self, _):
        self.line.append(self.env.now)
        if len(self.line) - self.served == 1:
            self.serve()
        self.left -= 1
        if self.left > 0:
            self.env.timeout(self.luck.expovariate(0.5)).callbacks.append(self.arrive)

    def depart(self, _):
        self.sojourn += self.env.now - self.line[self.served]
        self.served += 1
        if len(self.line) > self.served:
            self.serve()


def mm1(customers):
    queue = Queue(customers, random.Random(2026))
    queue.run()
    return 2 * customers, queue.sojourn / customers


def main():
    if sys.argv[1] == "version":
        print(simpy.__version__, sys.version.split()[0])
        return
    n = int(sys.argv[2])
    model = {"retransmission": retransmission, "mm1": mm1}[sys.argv[1]]
    start = time.process_time()
    events, mean = model(n)
    print(time.process_time() - start, events, n, mean)


main()
