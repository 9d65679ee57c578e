// Links: datasets_formats
#include "datasets/formats/gzip.h"
#include "datasets/formats/nrrd_file.h"
#include "tests/fuzz/volume_promises.h"

namespace nmsw::fuzz {

std::vector<std::string> seeds() {
  const std::string voxels(24, '\3');
  const std::string head =
      "NRRD0005\n# made by hand\ntype: uchar\ndimension: 3\nsizes: 4 3 2\nspace: LPS\nspace "
      "directions: (1,0,0) (0,0,2) (0,-3,0)\nspace origin: (1,2,3)\nkey:=value\n";
  const std::string four =
      "NRRD0004\ntype: int16\nendian: big\ndimension: 4\nsizes: 1 3 2 2\nkinds: list domain "
      "domain domain\nspace: right-anterior-superior\nspace directions: none (1,0,0) (0,1,0) "
      "(0,0,1)\nspace units: \"mm\" \"mm\" \"mm\"\nmeasurement frame: (1,0,0) (0,1,0) (0,0,1)\n";
  return {head + "encoding: raw\n\n" + voxels,
          head + "encoding: gzip\n\n" + datasets::gzip(voxels),
          head + "encoding: text\n\n1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6\n",
          head + "encoding: hex\nline skip: 1\n\nx\n" + std::string(48, 'f'),
          head + "encoding: raw\nbyte skip: -1\n\nrubbish" + voxels,
          four + "encoding: raw\n\n" + voxels,
          "NRRD0001\ntype: float\nendian: little\ndimension: 3\nsizes: 1 2 3\nspacings: 1 nan "
          "2\naxis mins: 0 1 2\naxis maxs: 1 3 8\ncenterings: node cell none\nunits: \"mm\" \"mm\" "
          "\"mm\"\nencoding: raw\n\n" +
              voxels,
          head + "encoding: raw\ndata file: a.raw\n"};
}

void try_input(std::string_view bytes) {
  const datasets::NrrdHeader header = datasets::parse_nrrd_header(bytes, "input");
  must_hold(header.header_bytes <= bytes.size(), "the header lies in the file");
  std::vector<std::string> notes;
  volume_must_hold(
      datasets::nrrd_volume(header, bytes.substr(header.header_bytes), "input", notes));
}

}  // namespace nmsw::fuzz
