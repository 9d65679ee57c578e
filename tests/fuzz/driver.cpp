#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "nmsw/base/error.h"
#include "tests/fuzz/target.h"

namespace nmsw::fuzz {

void must_hold(bool promise, const char* what) {
  if (promise) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace nmsw::fuzz

/// With NMSW_FUZZ_SEEDS=FOLDER the program writes its seeds there and ends.
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  const char* folder = std::getenv("NMSW_FUZZ_SEEDS");
  if (folder == nullptr) return 0;
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const std::string& seed : nmsw::fuzz::seeds()) {
    std::ofstream(std::filesystem::path(folder) / ("seed" + std::to_string(number++)),
                  std::ios::binary)
        << seed;
  }
  std::exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    nmsw::fuzz::try_input({reinterpret_cast<const char*>(data), size});
  } catch (const nmsw::Error& error) {
    nmsw::fuzz::must_hold(error.kind() != nmsw::ErrorKind::bug, error.what());
  }
  return 0;
}
