// A library to be preloaded into a run: counts what changes the disk (writes, syncs, renames, removals, new sizes, new
// folders) and lets the n-th of them go wrong.
//
//   NMSW_FAULT_AT=n         which one, counted in each process from 1
//   NMSW_FAULT=kill         the process is killed before it (kill -9)
//              ENOSPC, EIO  it and all later ones of its kind fail with that error

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long> counted{0};

/// Whether the operation is to fail; errno is set then.
bool fails(int descriptor = STDERR_FILENO + 1) {
  static const char* const at = std::getenv("NMSW_FAULT_AT");
  static const char* const how = std::getenv("NMSW_FAULT");
  if (at == nullptr || how == nullptr || descriptor <= STDERR_FILENO) return false;
  const long wanted = std::atol(at), now = ++counted;
  if (std::strcmp(how, "kill") == 0) {
    if (now == wanted) kill(getpid(), SIGKILL);
    return false;
  }
  if (now < wanted) return false;
  errno = std::strcmp(how, "EIO") == 0 ? EIO : ENOSPC;
  return true;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// The C library's functions: name, result in case of a fault, declaration, call.
#define NMSW_FAULTY(result, name, failure, descriptor, declaration, arguments) \
  extern "C" result name declaration {                                         \
    static const auto real = next<result(*) declaration>(#name);               \
    if (fails(descriptor)) return failure;                                     \
    return real arguments;                                                     \
  }

constexpr int kSomeFile = STDERR_FILENO + 1;

NMSW_FAULTY(ssize_t, write, -1, file, (int file, const void* data, size_t size), (file, data, size))
NMSW_FAULTY(ssize_t, writev, -1, file, (int file, const iovec* parts, int count),
            (file, parts, count))
NMSW_FAULTY(ssize_t, pwrite, -1, file, (int file, const void* data, size_t size, off_t at),
            (file, data, size, at))
NMSW_FAULTY(ssize_t, pwrite64, -1, file, (int file, const void* data, size_t size, off64_t at),
            (file, data, size, at))
NMSW_FAULTY(int, fsync, -1, file, (int file), (file))
NMSW_FAULTY(int, fdatasync, -1, file, (int file), (file))
NMSW_FAULTY(int, ftruncate, -1, file, (int file, off_t size), (file, size))
NMSW_FAULTY(int, ftruncate64, -1, file, (int file, off64_t size), (file, size))
NMSW_FAULTY(int, rename, -1, kSomeFile, (const char* from, const char* to), (from, to))
NMSW_FAULTY(int, unlink, -1, kSomeFile, (const char* file), (file))
NMSW_FAULTY(int, mkdir, -1, kSomeFile, (const char* folder, mode_t mode), (folder, mode))
