#include "nmsw/base/limited_child.h"

#include <cerrno>
#include <cstring>
#include <new>
#include <vector>

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nmsw/base/error.h"
#include "nmsw/base/file_descriptor.h"

// Why a fork and no program of its own: every program that reads images, tests included, can do it
// without knowing where another lies, and start-up with LibTorch would cost a second a folder. Why
// a fork is safe although other threads run: glibc keeps malloc, stdio and its loader usable in the
// child; exceptions find their frames without a lock (since GCC 12 and glibc 2.35); and the parent
// never enters the libraries that the child calls, so that none of their locks can be held. Of
// OpenMP no threads are left in the child: it starts none. Should a lock be held all the same, the
// child makes no progress and is ended.

namespace nmsw {
namespace {

enum class Kind : uint8_t { step, message, error, out_of_memory, done };

struct Head {
  Kind kind;
  uint64_t bytes;
  int64_t cpu_seconds;
};

/// Above every message of an honest child; a damaged one must not make the parent take memory.
constexpr uint64_t kMostMessageBytes = uint64_t{1} << 31U;
constexpr int kTickMs = 1000;
/// How many ticks without a byte end a step, beside ten for each second of its processor time: far
/// more than a busy machine or a slow network folder needs. Ticks, not the time of day: a suspended
/// parent counts none.
constexpr int64_t kQuietTicks = 120;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kLimitsMemory = false;
#else
constexpr bool kLimitsMemory = true;
#endif

int64_t mapped_bytes() {
  const FileDescriptor statm(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  char text[64] = {};
  if (statm.number() < 0 || ::read(statm.number(), text, sizeof(text) - 1) <= 0) return 0;
  return std::strtoll(text, nullptr, 10) * ::sysconf(_SC_PAGESIZE);
}

void set_soft_limit(__rlimit_resource resource, int64_t value) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return;
  limit.rlim_cur = std::min(static_cast<rlim_t>(value), limit.rlim_max);
  ::setrlimit(resource, &limit);
}

class PipeWork final : public ChildWork {
 public:
  explicit PipeWork(int pipe) : pipe_(pipe), mapped_bytes_(mapped_bytes()) {}

  void begin(const std::string& subject, const StepLimits& limits) override {
    put(Kind::step, subject, limits.cpu_seconds);
    if (kLimitsMemory && mapped_bytes_ > 0)
      set_soft_limit(RLIMIT_AS, mapped_bytes_ + limits.memory_bytes);
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    set_soft_limit(RLIMIT_CPU,
                   used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1 + limits.cpu_seconds);
  }
  void send(std::string_view message) override { put(Kind::message, message); }

  void put(Kind kind, std::string_view content, int64_t cpu_seconds = 0) const {
    Head head{};
    head.kind = kind;
    head.bytes = content.size();
    head.cpu_seconds = cpu_seconds;
    put_bytes({reinterpret_cast<const char*>(&head), sizeof(head)});
    put_bytes(content);
  }

 private:
  void put_bytes(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(pipe_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) ::_exit(1);  // nobody listens any more
      bytes.remove_prefix(static_cast<size_t>(written));
    }
  }

  int pipe_;
  int64_t mapped_bytes_;
};

/// Stands alone: no terminal, no files but the pipe, no core dump, no life after the parent.
int isolated(int pipe, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU, SIGPIPE})
    ::signal(number, SIG_DFL);
  // They go to the whole group of a terminal; the parent decides when the work ends.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  constexpr int kPipe = STDERR_FILENO + 1;
  const int nowhere = ::open("/dev/null", O_RDWR);
  // First out of the way of the numbers below.
  const int safe = ::fcntl(pipe, F_DUPFD, kPipe + 1);
  for (int number = 0; number < kPipe; ++number) ::dup2(nowhere, number);
  ::dup2(safe, kPipe);
  ::close_range(kPipe + 1, ~0U, 0);
  ::prctl(PR_SET_DUMPABLE, 0);
  set_soft_limit(RLIMIT_CORE, 0);
  // A further arena would reserve 64 MB of the address space for each thread.
  ::mallopt(M_ARENA_MAX, 1);
  return kPipe;
}

[[noreturn]] void be_child(int pipe, pid_t parent, const std::function<void(ChildWork&)>& work) {
  PipeWork channel(isolated(pipe, parent));
  try {
    work(channel);
    channel.put(Kind::done, {});
  } catch (const std::bad_alloc&) {
    channel.put(Kind::out_of_memory, {});
  } catch (const std::exception& fault) {
    channel.put(Kind::error, fault.what());
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

/// The parent's side: the child, and what it last said it was at.
class Child {
 public:
  Child(pid_t process, int pipe) : process_(process), pipe_(pipe) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    reap();
  }

  void listen(const std::function<void(std::string_view)>& receive) {
    std::string content;
    for (;;) {
      Head head{};
      get(reinterpret_cast<char*>(&head), sizeof(head));
      if (head.bytes > kMostMessageBytes) fail("what came back from it is damaged");
      content.resize(head.bytes);
      get(content.data(), content.size());
      switch (head.kind) {
        case Kind::step:
          subject_ = content;
          cpu_seconds_ = head.cpu_seconds;
          break;
        case Kind::message:
          receive(content);
          break;
        case Kind::error:
          throw DataError("{}", content);
        case Kind::out_of_memory:
          fail("it needs more memory than an honest file of its size");
        case Kind::done:
          return;
      }
    }
  }

 private:
  void get(char* bytes, size_t count) {
    int64_t quiet = 0;
    while (count > 0) {
      pollfd ready{pipe_.number(), POLLIN, 0};
      const int found = ::poll(&ready, 1, kTickMs);
      if (found < 0 && errno == EINTR) continue;
      if (found == 0) {
        if (++quiet > kQuietTicks + 10 * cpu_seconds_) fail("reading it made no progress");
        continue;
      }
      const ssize_t read = ::read(pipe_.number(), bytes, count);
      if (read < 0 && errno == EINTR) continue;
      if (read <= 0) fail(how_it_ended());
      quiet = 0;
      bytes += read;
      count -= static_cast<size_t>(read);
    }
  }

  std::string how_it_ended() {
    const int status = reap();
    if (!WIFSIGNALED(status)) return "reading it ended without a result";
    switch (WTERMSIG(status)) {
      case SIGXCPU:
        return fmt::format("reading it takes more than {} s of processor time", cpu_seconds_);
      case SIGKILL:
        return "reading it was killed from outside (is the machine short of memory?)";
      default:
        return fmt::format("reading it failed with signal {} ({})", WTERMSIG(status),
                           ::strsignal(WTERMSIG(status)));
    }
  }

  int reap() {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    return status;
  }

  [[noreturn]] void fail(const std::string& how) const {
    throw DataError(
        "{}: {}; the file is probably damaged: copy or export it again, or take it out of the "
        "folder",
        subject_, how);
  }

  pid_t process_;
  FileDescriptor pipe_;
  std::string subject_ = "a file";
  int64_t cpu_seconds_ = 0;
};

}  // namespace

void in_limited_child(const std::function<void(ChildWork&)>& work,
                      const std::function<void(std::string_view message)>& receive) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw DataError("no pipe to a second process ({}); end other programs", std::strerror(errno));
  const pid_t parent = ::getpid();
  const pid_t process = ::fork();
  if (process == 0) be_child(ends[1], parent, work);
  ::close(ends[1]);
  if (process < 0) {
    ::close(ends[0]);
    throw DataError("no second process ({}); end other programs", std::strerror(errno));
  }
  Child(process, ends[0]).listen(receive);
}

}  // namespace nmsw
