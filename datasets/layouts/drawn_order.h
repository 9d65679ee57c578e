#pragma once

#include <set>
#include <string>
#include <vector>

namespace nmsw::datasets {

/// The ids in an order drawn from a seed. Each one's place follows from its own draw, so that the
/// others stay in their order when one comes or goes. `purpose` tells draws of one seed apart.
std::vector<std::string> drawn_order(const std::set<std::string>& ids, int64_t seed,
                                     const std::string& purpose);

}  // namespace nmsw::datasets
