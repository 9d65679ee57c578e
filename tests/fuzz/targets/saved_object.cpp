// Links: nmsw_base
#include "nmsw/base/saved_object.h"

#include "tests/fuzz/target.h"
#include "tests/support/saved_archive.h"

namespace nmsw::fuzz {
namespace {

const std::string kStorage(24, 's');

}  // namespace

/// The pickle alone: few random changes of an archive would pass its checksums.
std::vector<std::string> seeds() {
  testing::PickleWriter plain, tensors;
  plain.json({{"a", {1, 2.5, nullptr, true}}, {"b", {{"c", "text"}}}});
  tensors.raw("}(").text("w").tensor("FloatStorage", "0", {2, 3}, {3, 1}).text("n");
  tensors.global("numpy.core.multiarray", "scalar").raw("(").integer(1).raw("tRq\x05u");
  return {plain.done(), tensors.done()};
}

void try_input(std::string_view bytes) {
  const std::string archive = testing::saved_archive(std::string(bytes), {kStorage});
  const SavedObject object = view_saved_object(archive, "input");
  for (const auto& [name, tensor] : object.tensors) {
    int64_t last = tensor.offset, count = 1;
    for (size_t axis = 0; axis < tensor.shape.size(); ++axis) {
      count *= tensor.shape[axis];
      if (tensor.shape[axis] > 0) last += (tensor.shape[axis] - 1) * tensor.strides[axis];
    }
    const auto most = static_cast<int64_t>(tensor.storage.size());
    must_hold(count == 0 || last < most, "in its storage");
    must_hold(count <= most, "no more values than its storage");
  }
}

}  // namespace nmsw::fuzz
