#include "datasets/layouts/drawn_order.h"

#include <algorithm>
#include <utility>

#include "nmsw/base/seed.h"

namespace nmsw::datasets {

std::vector<std::string> drawn_order(const std::set<std::string>& ids, int64_t seed,
                                     const std::string& purpose) {
  std::vector<std::string> order(ids.begin(), ids.end());
  const auto draw = [&](const std::string& id) {
    return derive_seed(static_cast<uint64_t>(seed), {purpose, id});
  };
  std::sort(order.begin(), order.end(), [&](const std::string& a, const std::string& b) {
    return std::make_pair(draw(a), a) < std::make_pair(draw(b), b);
  });
  return order;
}

}  // namespace nmsw::datasets
