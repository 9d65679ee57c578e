// Links: datasets_formats
#include "datasets/formats/gzip.h"
#include "datasets/formats/meta_file.h"
#include "tests/fuzz/volume_promises.h"

namespace nmsw::fuzz {

std::vector<std::string> seeds() {
  const std::string voxels(24, '\3');
  const std::string head =
      "ObjectType = Image\nNDims = 3\nTransformMatrix = 1 0 0 0 0 1 0 -1 0\nOffset = 1 2 "
      "3\nCenterOfRotation = 0 0 0\nAnatomicalOrientation = RAI\nElementSpacing = 1 -2 3\nDimSize "
      "= "
      "4 3 2\n";
  const std::string end = "ElementType = MET_UCHAR\nElementDataFile = LOCAL\n";
  const std::string packed = datasets::gzip(voxels);
  return {head + "BinaryData = True\nBinaryDataByteOrderMSB = False\n" + end + voxels,
          head + "CompressedData = True\nCompressedDataSize = " + std::to_string(packed.size()) +
              "\n" + end + packed,
          head + "BinaryData = False\n" + end + "1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6\n",
          head + "HeaderSize = -1\n" + end + "rubbish" + voxels,
          "NDims = 4\nDimSize = 1 2 3 1\nElementSize = 1 2 3 1\nElementByteOrderMSB = "
          "True\nElementType = MET_FLOAT\nMyKey = 3\nElementDataFile = LOCAL\n" +
              voxels,
          head + "ElementType = MET_SHORT\nElementDataFile = a.raw\n"};
}

void try_input(std::string_view bytes) {
  const datasets::MetaHeader header = datasets::parse_meta_header(bytes, "input");
  must_hold(header.header_bytes <= bytes.size(), "the header lies in the file");
  std::vector<std::string> notes;
  volume_must_hold(
      datasets::meta_volume(header, bytes.substr(header.header_bytes), "input", notes));
}

}  // namespace nmsw::fuzz
