/* peers_posix.cpp - what the operating system and its C library offer. */
#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "peers.hpp"

namespace bench {
namespace {

void expect(bool right, const char *what) {
    if (!right)
        die(std::string(what) + ": " + std::strerror(errno));
}

class eventfd_channel : public channel {
  public:
    eventfd_channel() : fds_{eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC)} {
        expect(fds_[0] >= 0 && fds_[1] >= 0, "eventfd");
    }
    ~eventfd_channel() override {
        close(fds_[0]);
        close(fds_[1]);
    }
    void signal(int to) override { expect(eventfd_write(fds_[to], 1) == 0, "eventfd"); }
    void wait(int at) override {
        eventfd_t value;
        expect(eventfd_read(fds_[at], &value) == 0, "eventfd");
    }

  private:
    int fds_[2];
};

class semaphore_channel : public channel {
  public:
    semaphore_channel() {
        for (auto &side : sides_)
            sem_init(&side.semaphore, 1, 0);
    }
    void signal(int to) override { sem_post(&sides_[to].semaphore); }
    void wait(int at) override {
        while (sem_wait(&sides_[at].semaphore) != 0)
            ;
    }

  private:
    struct alignas(128) {
        sem_t semaphore;
    } sides_[2];
};

class condition_channel : public channel {
  public:
    void signal(int to) override {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            turn_ = to;
        }
        changed_.notify_all();
    }
    void wait(int at) override {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [&] { return turn_ == at; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int turn_ = -1;
};

class pipe_channel : public channel {
  public:
    pipe_channel() { expect(pipe(fds_[0]) == 0 && pipe(fds_[1]) == 0, "pipe"); }
    ~pipe_channel() override {
        for (auto &ends : fds_)
            for (int fd : ends)
                close(fd);
    }
    void signal(int to) override { expect(write(fds_[to][1], "", 1) == 1, "pipe"); }
    void wait(int at) override {
        char byte;
        expect(read(fds_[at][0], &byte, 1) == 1, "pipe");
    }

  private:
    int fds_[2][2];
};

/* A pipe that is as large as the messages under way, if the system allows that. */
class pipe_flow_of : public flow {
  public:
    explicit pipe_flow_of(uint64_t nbytes) : sent_(nbytes, 1), taken_(nbytes) {
        expect(pipe(ends_) == 0, "pipe");
        fcntl(ends_[1], F_SETPIPE_SZ, int(std::min(flow_depth * nbytes, UINT64_C(1) << 20)));
    }
    ~pipe_flow_of() override {
        close(ends_[0]);
        close(ends_[1]);
    }
    void send() override {
        for (size_t at = 0; at < sent_.size();)
            at += moved(write(ends_[1], sent_.data() + at, sent_.size() - at));
    }
    bool take() override {
        for (size_t at = 0; at < taken_.size();)
            at += moved(read(ends_[0], taken_.data() + at, taken_.size() - at));
        return true;
    }

  private:
    static size_t moved(ssize_t nbytes) {
        expect(nbytes > 0, "pipe");
        return size_t(nbytes);
    }
    std::vector<char> sent_, taken_;
    int ends_[2];
};

/* A shared memory object of POSIX. */
const char object[] = "/lina-bench-object";

void make_object(const char *name, uint64_t nbytes) {
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    expect(fd >= 0 && ftruncate(fd, off_t(nbytes)) == 0, name);
    void *p = mmap(nullptr, nbytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    expect(p != MAP_FAILED, name);
    close(fd);
    munmap(p, nbytes);
}

void open_object(const char *name) {
    int fd = shm_open(name, O_RDWR, 0600);
    void *p = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    expect(fd >= 0 && p != MAP_FAILED, name);
    use(static_cast<char *>(p));
    munmap(p, 4096);
    close(fd);
}

} // namespace

void posix_channels(channel_race &race) {
    race.add("eventfd", std::make_unique<eventfd_channel>());
    race.add("sem_t", std::make_unique<semaphore_channel>());
    race.add("condition variable", std::make_unique<condition_channel>());
    race.add("pipe", std::make_unique<pipe_channel>());
}

void pipe_flow(flow_race &race, uint64_t nbytes) {
    race.add("pipe", std::make_unique<pipe_flow_of>(nbytes));
}

void posix_signals(race &race) {
    auto events = std::make_shared<eventfd_channel>();
    race.add("eventfd", [events](uint64_t n) {
        for (; n > 0; n--)
            events->signal(0);
    });
    auto semaphores = std::make_shared<semaphore_channel>();
    race.add("sem_t", [semaphores](uint64_t n) {
        for (; n > 0; n--)
            semaphores->signal(0);
    });
    auto conditions = std::make_shared<condition_channel>();
    race.add("condition variable", [conditions](uint64_t n) {
        for (; n > 0; n--)
            conditions->signal(0);
    });
}

/* Uses one object for all names: its cost does not depend on how many objects there are. */
void posix_look_up(race &race) {
    shm_unlink(object);
    make_object(object, 4096);
    std::shared_ptr<const char> owner(object, [](const char *name) { shm_unlink(name); });
    race.add("shm_open + mmap", [owner](uint64_t n) {
        for (; n > 0; n--)
            open_object(object);
    });
}

void posix_create(race &race, const std::vector<std::string> &names, uint64_t nbytes, timed what) {
    race.add_timed("shm_open + ftruncate + mmap", [&names, nbytes, what](uint64_t n) {
        double ns[2] = {0, 0};
        for (uint64_t done = 0; done < n; done += names.size()) {
            double start = cpu_ns();
            for (const std::string &name : names)
                make_object(("/lina-bench-" + name).c_str(), nbytes);
            double middle = cpu_ns();
            for (const std::string &name : names)
                shm_unlink(("/lina-bench-" + name).c_str());
            ns[0] += middle - start;
            ns[1] += cpu_ns() - middle;
        }
        return ns[what == timed::remove];
    });
}

} // namespace bench
