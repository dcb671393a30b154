package dev.lina;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gives the generations of a follower to a subscriber, by the rules of Reactive Streams.
 *
 * <pre>
 * request, cancel, something came   call: work + 1; the first of them has the executor run it
 * run                               gives what was requested and is there, one thread at a time
 * nothing there                     a wait of the notifier calls again; no thread sleeps meanwhile
 * </pre>
 *
 * <p>Invariant: {@code work} is above 0 while a thread is in run, or is about to be. Other threads
 * use only the atomic and the volatile fields.
 */
final class Feed implements Flow.Subscription, Runnable {
  private final Follower from;
  private final Flow.Subscriber<? super StreamArray> to;
  private final Executor executor;
  private final AtomicLong wanted = new AtomicLong();
  private final AtomicInteger work = new AtomicInteger(1); // until onSubscribe has returned
  private volatile boolean isCancelled;
  private volatile boolean isWaiting;
  private volatile Throwable refusal;
  private Sleep.Deadline deadline;
  private boolean isOver;

  Feed(Follower from, Flow.Subscriber<? super StreamArray> to) {
    this.from = from;
    this.to = Objects.requireNonNull(to, "the subscriber is null");
    this.executor = from.options().executorOr(Notifier.pool());
  }

  /**
   * Calls onSubscribe. If the subscriber requests generations in that call, it gets them
   * afterwards.
   */
  void begin() {
    to.onSubscribe(this);
    execute();
  }

  /** Refuses a subscriber, because there is one already. */
  void refuse() {
    to.onSubscribe(this);
    to.onError(
        new IllegalStateException(
            "stream \""
                + from.name()
                + "\": its follower has a subscriber already; follow it"
                + " once more"));
  }

  @Override
  public void request(long n) {
    if (n <= 0) {
      refusal =
          new IllegalArgumentException(
              "stream \"" + from.name() + "\": request(" + n + "): it takes 1 or more");
    } else {
      wanted.getAndUpdate(now -> now + n < 0 ? Long.MAX_VALUE : now + n);
    }
    call();
  }

  @Override
  public void cancel() {
    isCancelled = true;
    call();
  }

  private void call() {
    if (work.getAndIncrement() == 0) {
      execute();
    }
  }

  private void execute() {
    try {
      executor.execute(this);
    } catch (RejectedExecutionException e) {
      refusal = e;
      run();
    }
  }

  @Override
  public void run() {
    int done = work.get();
    do {
      give();
      done = work.addAndGet(-done);
    } while (done != 0);
  }

  private void give() {
    while (!isOver) {
      if (isCancelled) {
        end();
      } else if (refusal != null) {
        fail(refusal);
      } else if (isWaiting || wanted.get() == 0 || !giveOne()) {
        return;
      }
    }
  }

  /** Returns false if there is nothing to give, and a wait has begun. */
  private boolean giveOne() {
    StreamArray next;
    try {
      next = from.poll();
    } catch (LinaException e) {
      refusal = e;
      return true;
    }
    if (next != null) {
      deadline = null;
      wanted.getAndUpdate(now -> now == Long.MAX_VALUE ? now : now - 1);
      tell(next);
      return true;
    }
    if (from.hasEnded()) {
      end();
      to.onComplete();
      return true;
    }
    return !beginToWait();
  }

  /** Calls onNext. If the subscriber throws, which it must not, that counts as a cancel. */
  private void tell(StreamArray next) {
    try {
      to.onNext(next);
    } catch (Throwable e) {
      end();
      throw e;
    }
    from.moveOn();
  }

  private boolean beginToWait() {
    if (deadline == null) {
      deadline = Sleep.Deadline.in(from.options().timeout());
    }
    long left = deadline.left();
    if (left == 0) {
      refusal = from.timedOut();
      return false;
    }
    isWaiting = true;
    Notifier.moreAsync(from.newPending(), left)
        .whenComplete(
            (value, why) -> {
              if (why != null) {
                refusal = why.getCause() instanceof LinaException cause ? cause : why;
              }
              isWaiting = false;
              call();
            });
    return true;
  }

  private void fail(Throwable why) {
    end();
    to.onError(why);
  }

  private void end() {
    isOver = true;
    from.moveOn();
    from.close();
  }
}
