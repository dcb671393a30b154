"""iceoryx2 in Python, for P10 of python_calls.py: hands over an array of doubles and gets an answer."""

import ctypes
import importlib.util
import multiprocessing
import os


def absent():
    """Says why iceoryx2 cannot take part, or returns None."""
    return None if importlib.util.find_spec("iceoryx2") else "script/setup bench could not install it"


class Topic:
    """One end of a topic of doubles. It either sends, or receives the newest sample."""

    def __init__(self, name, elements=1, sends=False):
        import iceoryx2

        iceoryx2.set_log_level(iceoryx2.LogLevel.Fatal)
        self.elements = elements
        self.node = iceoryx2.NodeBuilder.new().create(iceoryx2.ServiceType.Ipc)
        builder = self.node.service_builder(iceoryx2.ServiceName.new(name))
        builder = builder.publish_subscribe(iceoryx2.Slice[ctypes.c_double])
        self.service = builder.subscriber_max_buffer_size(1).enable_safe_overflow(True).open_or_create()
        if sends:
            self.port = self.service.publisher_builder().initial_max_slice_len(elements).create()
        else:
            self.port = self.service.subscriber_builder().create()

    def send(self, value):
        sample = self.port.loan_slice_uninit(self.elements)
        payload = sample.payload()
        payload[0] = payload[self.elements - 1] = value
        sample.assume_init().send()

    def receive(self):
        """Waits for a sample, and returns the sum of its first and last element."""
        while (sample := self.port.receive()) is None:
            pass
        payload = sample.payload()  # its len() is the number of bytes in 0.10
        return payload[0] + payload[self.elements - 1]


def answer(there, elements, back, ready):
    """The other process. It answers until it receives a zero."""
    receiver, sender = Topic(there, elements), Topic(back, sends=True)
    ready.set()
    while value := receiver.receive():
        sender.send(value / 2)


class Partner:
    """A partner in another process. `ask` hands it `elements` doubles and waits for its answer."""

    def __init__(self, elements):
        context = multiprocessing.get_context("spawn")
        there, back = (f"lina-bench/{os.getpid()}/{end}" for end in ("there", "back"))
        self.sender, self.receiver = Topic(there, elements, sends=True), Topic(back)
        ready = context.Event()
        self.process = context.Process(target=answer, args=(there, elements, back, ready), daemon=True)
        self.process.start()
        ready.wait(60)

    def ask(self):
        self.sender.send(1.0)
        assert self.receiver.receive() == 2.0

    def end(self):
        self.sender.send(0.0)
        self.process.join(10)
