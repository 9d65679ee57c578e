#include "results/network_disk.h"

#include <sys/vfs.h>

#include <array>
#include <utility>

namespace nmsw::results {
namespace {

// linux/magic.h has a few of them only; the others are their projects' own.
constexpr std::array<std::pair<uint64_t, const char*>, 14> kNetworkFileSystems{
    {{0x6969, "nfs"},
     {0x517b, "smb"},
     {0xff534d42, "cifs"},
     {0xfe534d42, "smb2"},
     {0x00c36400, "ceph"},
     {0x0bd00bd0, "lustre"},
     {0x65735546, "fuse"},
     {0x47504653, "gpfs"},
     {0x19830326, "beegfs"},
     {0x5346414f, "afs"},
     {0x01021997, "9p"},
     {0xaad7aaea, "panfs"},
     {0x7461636f, "ocfs2"},
     {0x01161970, "gfs2"}}};

}  // namespace

std::string network_file_system_of(uint64_t statfs_type) {
  for (const auto& [type, name] : kNetworkFileSystems) {
    if (type == statfs_type) return name;
  }
  return "";
}

std::string network_file_system(const std::filesystem::path& file) {
  struct statfs disk {};
  for (std::filesystem::path at = std::filesystem::absolute(file);; at = at.parent_path()) {
    if (statfs(at.c_str(), &disk) == 0) {
      // Some systems hold the number in 32 bits with a sign.
      return network_file_system_of(static_cast<uint32_t>(disk.f_type));
    }
    if (at == at.parent_path()) return "";
  }
}

}  // namespace nmsw::results
