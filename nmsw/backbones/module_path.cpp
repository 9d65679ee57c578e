#include "nmsw/backbones/module_path.h"

namespace nmsw {

std::shared_ptr<torch::nn::Module> module_at(torch::nn::Module& root, const std::string& path) {
  const size_t dot = path.find('.');
  const std::string name = path.substr(0, dot);
  std::shared_ptr<torch::nn::Module> child;
  for (const auto& entry : root.named_children()) {
    if (entry.key() == name) child = entry.value();
  }
  if (!child) child = root.register_module(name, std::make_shared<torch::nn::Module>());
  return dot == std::string::npos ? child : module_at(*child, path.substr(dot + 1));
}

}  // namespace nmsw
