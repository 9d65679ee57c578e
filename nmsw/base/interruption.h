#pragma once

#include <exception>
#include <functional>

namespace nmsw {

/// Work that was stopped from outside (Ctrl-C); the state on disk is whole and can be continued.
class Interrupted final : public std::exception {
 public:
  const char* what() const noexcept override {
    return "interrupted; run the same command again to continue";
  }
};

/// True once the work should stop; asked after every step.
using StopRequest = std::function<bool()>;

}  // namespace nmsw
