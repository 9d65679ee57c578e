#include <dlfcn.h>
#include <link.h>

#include <filesystem>
#include <iostream>
#include <thread>

#include <c10/core/DeviceGuard.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/kernels/gemm/amx_tiles.h"
#include "nmsw/profiling/stopwatch.h"
#include "nmsw/tensor/device_arithmetic.h"
#include "runners/options/doctor_options.h"
#include "runners/planning/forecast/cuda_presence.h"
#include "runners/tasks/networks.h"
#include "runners/tasks/task_context.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

void line(const std::string& name, const std::string& value) {
  std::cout << fmt::format("{:<16}{}\n", name, value);
}

/// The BLAS library that this process has loaded: LibTorch's own description names what it was
/// built with, which on Debian says nothing about the one in use.
std::string loaded_blas() {
  std::string file;
  dl_iterate_phdr(
      [](dl_phdr_info* library, size_t, void* found) {
        const std::string name = library->dlpi_name;
        if (name.find("blas") == std::string::npos) return 0;
        std::error_code ignored;
        const auto target = std::filesystem::canonical(name, ignored);
        *static_cast<std::string*>(found) = ignored ? name : target.string();
        return 1;
      },
      &file);
  if (file.empty()) return "inside LibTorch";
  const bool fast =
      file.find("openblas") != std::string::npos || file.find("mkl") != std::string::npos;
  if (!fast) return file + " (slow; 'make packages' installs OpenBLAS)";
  using CoreName = const char* (*)();
  const auto core = reinterpret_cast<CoreName>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  return core == nullptr ? file : fmt::format("{} ({})", file, core());
}

void try_folder(const std::filesystem::path& database) {
  const std::filesystem::path folder = database.has_parent_path() ? database.parent_path() : ".";
  const std::filesystem::path probe = folder / ".nmsw-doctor";
  write_text_atomically(probe, "x");
  std::filesystem::remove(probe);
  line("writable", folder.string());
}

double forward_seconds(const torch::Device& device) {
  const torch::NoGradGuard no_grad;
  const BackbonePtr network =
      build_backbone("unet", R"({"channels":[16,32,64,64],"strides":[2,2,2,1]})", 4);
  network->to(device);
  network->eval();
  const Tensor patch = torch::rand({1, 1, 64, 64, 64}, device);
  return measure([&] { network->forward(patch); }, 1, 3, device).median_s;
}

/// How OpenMP's threads wait for each other.
std::string openmp_waits() {
  for (const char* name : {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"}) {
    if (const char* value = std::getenv(name)) return fmt::format("{}={}", name, value);
  }
  return "spinning: slow beside any other load; start nmsw, not nmsw-tensor";
}

/// What multiplies bfloat16 numbers.
std::string bf16_products() {
  if (has(Instructions::amx)) return "by matrix registers (AMX)";
  if (has(Instructions::bf16)) return "by pairs: up to twice the products of float32";
  return "no instructions for it: slower than float32";
}

}  // namespace

int doctor_verb(const Words& arguments) {
  const auto options = parse_doctor_options(arguments);
  if (!options) return 0;
  const int threads = set_threads(0);
  const torch::Device device = resolve_device(options->device);
  const c10::DeviceGuard guard(device);
  use_arithmetic(options->arithmetic, device);
  line("hardware", hardware_name(device));
  line("cores", std::to_string(std::thread::hardware_concurrency()));
  line("threads", std::to_string(threads));
  line("OpenMP waits", openmp_waits());
  line("LibTorch", TORCH_VERSION);
  line("BLAS", loaded_blas());
  line("vectors", fmt::format("of {} numbers", has_many_registers() ? kLanes : kHalfLanes));
  line("bfloat16", bf16_products());
  const CudaPresence cuda = cuda_presence();
  line("CUDA", cuda.usable() ? "built in, driver loaded" : "none: " + cuda.obstacle());
  line("CUDA devices",
       std::to_string(torch::cuda::is_available() ? torch::cuda::device_count() : 0));
  line("device", device.str());
  if (device.is_cuda()) line("float32 there", arithmetic_text(options->arithmetic));
  try_folder(options->database);
  line("forward pass",
       fmt::format("{:.1f} ms (UNet 16,32,64,64 on 64x64x64)", forward_seconds(device) * 1e3));
  return 0;
}

}  // namespace nmsw::runners
