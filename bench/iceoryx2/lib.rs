//! iceoryx2 as C functions, for peers_iceoryx2.cpp: topics with a publisher and a subscriber, and events
//! with a notifier and a listener. Two threads use the two ends, each of which has a node of its own: they
//! share no more than two processes would. A failure ends the program with a sentence.

use iceoryx2::port::{listener::Listener, notifier::Notifier, publisher::Publisher, subscriber::Subscriber};
use iceoryx2::prelude::*;
use iceoryx2::service::port_factory::{event, publish_subscribe};
use std::ffi::{c_char, CStr};

type Service = ipc::Service;
type PubSub = publish_subscribe::PortFactory<Service, [u8], ()>;
type EventService = event::PortFactory<Service>;

fn name(of: *const c_char) -> ServiceName {
    let text = unsafe { CStr::from_ptr(of) }.to_str().expect("a name in UTF-8");
    text.try_into().expect("a name that iceoryx2 takes")
}

fn node() -> Node<Service> {
    NodeBuilder::new().create::<Service>().expect("a node of iceoryx2")
}

/// A publisher and, if the topic has a reader, a subscriber that keeps the newest samples.
pub struct Topic {
    publisher: Publisher<Service, [u8], ()>,
    subscriber: Option<Subscriber<Service, [u8], ()>>,
    _nodes: [Node<Service>; 2],
}

fn topic(node: &Node<Service>, called: *const c_char, depth: usize, waits: bool) -> PubSub {
    node.service_builder(&name(called))
        .publish_subscribe::<[u8]>()
        .subscriber_max_buffer_size(depth)
        .history_size(0)
        .enable_safe_overflow(!waits)
        .open_or_create()
        .expect("a topic of iceoryx2")
}

/// The subscriber has `depth` samples. If it has not taken them, the publisher waits, or the oldest is lost.
#[no_mangle]
pub extern "C" fn ice2_topic(
    called: *const c_char,
    nbytes: usize,
    subscribed: bool,
    depth: usize,
    waits: bool,
) -> *mut Topic {
    set_log_level(LogLevel::Fatal);
    let nodes = [node(), node()];
    let ends = [topic(&nodes[0], called, depth, waits), topic(&nodes[1], called, depth, waits)];
    let publisher = ends[0]
        .publisher_builder()
        .initial_max_slice_len(nbytes)
        .backpressure_strategy(BackpressureStrategy::RetryUntilDelivered)
        .create();
    let publisher = publisher.expect("a publisher of iceoryx2");
    let subscriber = subscribed
        .then(|| ends[1].subscriber_builder().create().expect("a subscriber of iceoryx2"));
    Box::into_raw(Box::new(Topic { publisher, subscriber, _nodes: nodes }))
}

#[no_mangle]
pub unsafe extern "C" fn ice2_topic_end(topic: *mut Topic) {
    drop(unsafe { Box::from_raw(topic) });
}

/// Publishes `nbytes`. Writes only the first and the last of them.
#[no_mangle]
pub unsafe extern "C" fn ice2_publish(topic: *const Topic, nbytes: usize, byte: u8) {
    let sample = unsafe { &*topic }.publisher.loan_slice_uninit(nbytes);
    let mut sample = sample.expect("a loan of iceoryx2");
    sample.payload_mut()[0].write(byte);
    sample.payload_mut()[nbytes - 1].write(byte);
    unsafe { sample.assume_init() }.send().expect("iceoryx2 sends");
}

/// The first byte of the next sample, or -1.
#[no_mangle]
pub unsafe extern "C" fn ice2_take(topic: *const Topic) -> i32 {
    let subscriber = unsafe { &*topic }.subscriber.as_ref().expect("somebody reads");
    match subscriber.receive().expect("iceoryx2 receives") {
        Some(sample) => i32::from(sample.payload()[0]),
        None => -1,
    }
}

/// A notifier and a listener.
pub struct Event {
    notifier: Notifier<Service>,
    listener: Option<Listener<Service>>,
    _nodes: [Node<Service>; 2],
}

fn signal(node: &Node<Service>, called: *const c_char) -> EventService {
    node.service_builder(&name(called)).event().open_or_create().expect("an event of iceoryx2")
}

#[no_mangle]
pub extern "C" fn ice2_event(called: *const c_char, listened: bool) -> *mut Event {
    set_log_level(LogLevel::Fatal);
    let nodes = [node(), node()];
    let ends = [signal(&nodes[0], called), signal(&nodes[1], called)];
    let notifier = ends[0].notifier_builder().create().expect("a notifier of iceoryx2");
    let listener =
        listened.then(|| ends[1].listener_builder().create().expect("a listener of iceoryx2"));
    Box::into_raw(Box::new(Event { notifier, listener, _nodes: nodes }))
}

#[no_mangle]
pub unsafe extern "C" fn ice2_event_end(event: *mut Event) {
    drop(unsafe { Box::from_raw(event) });
}

#[no_mangle]
pub unsafe extern "C" fn ice2_notify(event: *const Event) {
    unsafe { &*event }.notifier.notify().expect("iceoryx2 notifies");
}

#[no_mangle]
pub unsafe extern "C" fn ice2_wait(event: *const Event) {
    let listener = unsafe { &*event }.listener.as_ref().expect("somebody listens");
    while listener.blocking_wait(|_| ()).expect("iceoryx2 waits") == 0 {}
}
