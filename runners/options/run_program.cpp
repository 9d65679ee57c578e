#include "runners/options/run_program.h"

#include <csignal>
#include <filesystem>
#include <iostream>
#include <new>

#include "nmsw/base/error.h"
#include "nmsw/base/interruption.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::runners {
namespace {

int failed(ErrorKind kind, const std::string& message) {
  std::cerr << "nmsw: error: " << printable(message) << '\n';
  return static_cast<int>(kind);
}

int run_and_flush(const std::function<int()>& body) {
  const int code = body();
  std::cout.flush();
  if (!std::cout) {
    throw DataError("standard output: cannot be written; is the disk full or the pipe closed?");
  }
  return code;
}

}  // namespace

int run_program(const std::function<int()>& body) {
  // A limit on the size of files is then met like a full disk, by a writer that cleans up and says
  // so.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return run_and_flush(body);
  } catch (const Interrupted& stop) {
    std::cerr << "nmsw: " << stop.what() << '\n';
    return kInterruptedCode;
  } catch (const Error& error) {
    return failed(error.kind(), error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return failed(ErrorKind::data, fmt::format("{}: {}; check the path and its permissions",
                                               error.path1().string(), error.code().message()));
  } catch (const std::bad_alloc&) {
    return failed(ErrorKind::data,
                  "memory: there is not enough; give a smaller volume or end other programs");
  } catch (const std::exception& error) {
    return failed(ErrorKind::bug,
                  fmt::format("{} (a bug; please report what was run)", error.what()));
  }
}

}  // namespace nmsw::runners
