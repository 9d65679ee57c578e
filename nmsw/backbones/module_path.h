#pragma once

#include <memory>
#include <string>

#include <torch/torch.h>

namespace nmsw {

/// The module at a dotted path below `root`; empty modules are made on the way where there is none.
std::shared_ptr<torch::nn::Module> module_at(torch::nn::Module& root, const std::string& path);

/// Registers a module under a dotted path, so that the parameters get the reference's names without
/// a C++ class for each of its nesting levels. Returns the module.
template <class Holder>
Holder register_at(torch::nn::Module& root, const std::string& path, Holder module) {
  const size_t dot = path.rfind('.');
  if (dot == std::string::npos) return root.register_module(path, module), module;
  module_at(root, path.substr(0, dot))->register_module(path.substr(dot + 1), module);
  return module;
}

}  // namespace nmsw
