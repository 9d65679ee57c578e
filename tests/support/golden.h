#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "tests/support/build_paths.h"

namespace nmsw::testing {

/// Vectors computed by the reference implementation: a dictionary of tensors in a file below
/// $NMSW_GOLDEN_DIR, else below `shared/golden` next to the source folder.
class GoldenFile {
 public:
  GoldenFile(std::string name, std::map<std::string, torch::Tensor> tensors)
      : name_(std::move(name)), tensors_(std::move(tensors)) {}

  /// Nothing when the file is absent.
  static std::optional<GoldenFile> open(const std::string& name) {
    const char* given = std::getenv("NMSW_GOLDEN_DIR");
    const std::filesystem::path folder = given != nullptr
                                             ? std::filesystem::path(given)
                                             : source_folder().parent_path() / "shared" / "golden";
    std::ifstream stream(folder / name, std::ios::binary);
    if (!stream) return std::nullopt;
    const std::vector<char> bytes((std::istreambuf_iterator<char>(stream)), {});
    std::map<std::string, torch::Tensor> tensors;
    for (const auto& entry : torch::pickle_load(bytes).toGenericDict()) {
      tensors.emplace(entry.key().toStringRef(), entry.value().toTensor());
    }
    return GoldenFile((folder / name).string(), std::move(tensors));
  }

  const std::string& name() const { return name_; }
  bool has(const std::string& key) const { return tensors_.count(key) > 0; }
  /// In the type it was stored in. Throws where the file has no such key, which ends the test.
  const torch::Tensor& tensor(const std::string& key) const {
    const auto found = tensors_.find(key);
    if (found == tensors_.end()) throw std::runtime_error(name_ + ": no key '" + key + "'");
    return found->second;
  }
  torch::Tensor real(const std::string& key) const { return tensor(key).to(torch::kFloat); }
  double number(const std::string& key) const {
    return tensor(key).to(torch::kDouble).item<double>();
  }
  int64_t whole(const std::string& key) const {
    return tensor(key).to(torch::kLong).item<int64_t>();
  }
  /// The size of one axis.
  int64_t size(const std::string& key, int64_t axis) const { return tensor(key).size(axis); }
  std::array<int64_t, 3> triple(const std::string& key) const { return triples(key).at(0); }
  std::vector<std::array<int64_t, 3>> triples(const std::string& key) const {
    const torch::Tensor flat = tensor(key).to(torch::kLong).contiguous().view({-1, 3});
    std::vector<std::array<int64_t, 3>> rows;
    for (int64_t i = 0; i < flat.size(0); ++i) {
      const int64_t* row = flat.data_ptr<int64_t>() + 3 * i;
      rows.push_back({row[0], row[1], row[2]});
    }
    return rows;
  }
  std::vector<int64_t> list(const std::string& key) const {
    const torch::Tensor flat = tensor(key).to(torch::kLong).contiguous().flatten();
    return {flat.data_ptr<int64_t>(), flat.data_ptr<int64_t>() + flat.numel()};
  }

  /// Keys that begin with `prefix`, without it.
  std::vector<std::string> below(const std::string& prefix) const {
    std::vector<std::string> keys;
    for (const auto& [key, unused] : tensors_) {
      if (key.compare(0, prefix.size(), prefix) == 0) keys.push_back(key.substr(prefix.size()));
    }
    return keys;
  }
  /// The file's cases, whatever they are called: the parts before the first dot of which a key
  /// `case.member` exists.
  std::vector<std::string> cases_with(const std::string& member) const {
    std::vector<std::string> names;
    for (const auto& [key, unused] : tensors_) {
      const size_t dot = key.find('.');
      if (dot != std::string::npos && key.substr(dot + 1) == member)
        names.push_back(key.substr(0, dot));
    }
    return names;
  }

  /// The fixed functional sum(output·R) below `prefix`.
  torch::Tensor functional(const std::string& prefix, const torch::Tensor& output) const {
    const torch::Tensor r = tensor(prefix + "R.c").view({-1, 1, 1, 1}) *
                            tensor(prefix + "R.x").view({-1, 1, 1}) *
                            tensor(prefix + "R.y").view({-1, 1}) * tensor(prefix + "R.z");
    return (output * r.unsqueeze(0)).sum();
  }

 private:
  std::string name_;
  std::map<std::string, torch::Tensor> tensors_;
};

/// |a-b| <= atol + rtol·max|b| over a tensor of equal shape.
inline ::testing::AssertionResult close(const torch::Tensor& a, const torch::Tensor& b, double atol,
                                        double rtol) {
  if (!a.defined()) return ::testing::AssertionFailure() << "undefined tensor";
  if (a.numel() != b.numel()) {
    return ::testing::AssertionFailure() << "sizes differ: " << a.sizes() << " and " << b.sizes();
  }
  if (a.numel() == 0) return ::testing::AssertionFailure() << "empty tensors";
  const torch::Tensor x = a.detach().to(torch::kDouble).flatten(),
                      y = b.to(torch::kDouble).flatten();
  const double worst = (x - y).abs().max().item<double>();
  const double allowed = atol + rtol * y.abs().max().item<double>();
  if (worst <= allowed) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "differs by " << worst << ", allowed " << allowed;
}

/// Copies every tensor below `prefix` into the parameter of that name. Throws, which ends the test,
/// where the names or the sizes are not the same ones: what follows would be of a network with
/// fresh weights.
inline void load_parameters(torch::nn::Module& module, const GoldenFile& file,
                            const std::string& prefix) {
  torch::NoGradGuard no_grad;
  const auto parameters = module.named_parameters();
  for (const std::string& name : file.below(prefix)) {
    if (parameters.find(name) == nullptr) {
      throw std::runtime_error(file.name() + ": the network has no parameter '" + name + "'");
    }
  }
  for (const auto& entry : parameters) {
    const torch::Tensor& stored = file.tensor(prefix + entry.key());
    if (entry.value().sizes() != stored.sizes()) {
      throw std::runtime_error(file.name() + ": '" + prefix + entry.key() + "' is " +
                               c10::str(stored.sizes()) + ", the network's is " +
                               c10::str(entry.value().sizes()));
    }
    torch::Tensor(entry.value()).copy_(stored);
  }
}

}  // namespace nmsw::testing

/// Opens a golden file as `name`, or skips the test where it is absent.
#define NMSW_GOLDEN_OR_SKIP(name, file)                                            \
  const auto name##_if_present = ::nmsw::testing::GoldenFile::open(file);          \
  if (!name##_if_present) GTEST_SKIP() << "golden file '" << (file) << "' absent"; \
  const ::nmsw::testing::GoldenFile& name = *name##_if_present
