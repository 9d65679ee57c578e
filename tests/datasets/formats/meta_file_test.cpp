#include "datasets/formats/meta_file.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "datasets/formats/gzip.h"
#include "datasets/image_io.h"
#include "tests/datasets/formats/truth_volume.h"
#include "tests/support/expect_error.h"
#include "tests/support/put_file.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::TemporaryFolder;

/// Grid in LPS: directions axis by axis, origin, spacing, size.
struct MetaGrid {
  std::string matrix = "TransformMatrix", offset = "Offset", spacing = "ElementSpacing";
  std::array<int, 3> spacing_sign{1, 1, 1};
};

std::string grid_lines(const truth::Storage& storage, const MetaGrid& names = {}) {
  constexpr std::array<double, 3> kToLps{-1, -1, 1};
  const Int3 n = storage.extent();
  std::string matrix, spacing, offset;
  const Real3 origin = storage.origin_ras();
  for (size_t a = 0; a < 3; ++a) {
    const Real3 v = storage.direction_ras(a);
    for (size_t row = 0; row < 3; ++row)
      matrix += fmt::format(" {}", v[row] * kToLps[row] * names.spacing_sign[a]);
    spacing += fmt::format(" {}", storage.spacing(a) * names.spacing_sign[a]);
    offset += fmt::format(" {}", origin[a] * kToLps[a]);
  }
  return fmt::format("{} ={}\n{} ={}\n{} ={}\nDimSize = {} {} {}\n", names.matrix, matrix,
                     names.offset, offset, names.spacing, spacing, n[0], n[1], n[2]);
}

std::string mha(const std::string& lines, const std::string& data,
                const std::string& grid = grid_lines({}), const std::string& source = "LOCAL") {
  return "ObjectType = Image\nNDims = 3\n" + grid + lines + "ElementDataFile = " + source + "\n" +
         data;
}

std::string zlib_bytes(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()));
  packed.resize(size);
  return packed;
}

const std::string& byte_voxels() {
  static const std::string bytes = truth::bytes_as<uint8_t>(truth::values());
  return bytes;
}

const std::string kBytes = "ElementType = MET_UCHAR\n";

ImageVolume read_mha(const std::string& bytes, ReadNotes* notes = nullptr) {
  const MetaHeader header = parse_meta_header(bytes, "volume.mha");
  std::vector<std::string> lines = header.notes;
  const ImageVolume image =
      meta_volume(header, std::string_view(bytes).substr(header.header_bytes), "volume.mha", lines);
  if (notes != nullptr) notes->lines = lines;
  return image;
}

void expect_mha_refused(const std::string& bytes, const std::vector<std::string>& parts) {
  const TemporaryFolder folder;
  testing::put_file(folder / "volume.mha", bytes);
  std::vector<std::string> all{"volume.mha"};
  all.insert(all.end(), parts.begin(), parts.end());
  expect_error<DataError>([&] { read_image(folder / "volume.mha"); }, all);
}

TEST(MetaFile, EveryOrientationInEverySpellingIsTheSameVolume) {
  for (const MetaGrid& names : {MetaGrid{}, MetaGrid{"Rotation", "Position", "ElementSize"},
                                MetaGrid{"Orientation", "Origin", "ElementSpacing", {-1, 1, -1}}}) {
    for (const truth::Storage& storage : truth::all_storages()) {
      SCOPED_TRACE(names.matrix);
      truth::expect_truth(
          read_mha(mha(kBytes, truth::bytes_as<uint8_t>(storage.stored(truth::values())),
                       grid_lines(storage, names))));
    }
  }
}

struct MetaType {
  const char* name;
  std::function<std::string(bool)> bytes;
  bool is_signed;
};

template <class Stored>
MetaType meta_type(const char* name) {
  constexpr bool is_signed = std::is_signed_v<Stored>;
  return {name, [](bool big) { return truth::bytes_as<Stored>(truth::values(is_signed), big); },
          is_signed};
}

TEST(MetaFile, EveryTypeByteOrderAndEncodingIsTheSameVolume) {
  const std::vector<MetaType> types{
      meta_type<int8_t>("MET_CHAR"),       meta_type<uint8_t>("MET_UCHAR"),
      meta_type<int16_t>("MET_SHORT"),     meta_type<uint16_t>("MET_USHORT"),
      meta_type<int32_t>("MET_INT"),       meta_type<uint32_t>("MET_UINT"),
      meta_type<int32_t>("MET_LONG"),      meta_type<uint32_t>("MET_ULONG"),
      meta_type<int64_t>("MET_LONG_LONG"), meta_type<uint64_t>("MET_ULONG_LONG"),
      meta_type<float>("MET_FLOAT"),       meta_type<double>("MET_DOUBLE")};
  for (const MetaType& type : types) {
    SCOPED_TRACE(type.name);
    const std::vector<int> values = truth::values(type.is_signed);
    const std::string head = fmt::format("ElementType = {}\n", type.name);
    truth::expect_truth(read_mha(mha(head, type.bytes(false))), values);
    for (const bool big : {false, true}) {
      const std::string bytes = type.bytes(big);
      const std::string flag = big ? "True" : "False";
      for (const char* key : {"BinaryDataByteOrderMSB", "ElementByteOrderMSB"}) {
        const std::string lines = head + key + " = " + flag + "\nBinaryData = True\n";
        truth::expect_truth(read_mha(mha(lines, bytes)), values);
        for (const std::string& packed : {zlib_bytes(bytes), gzip(bytes)}) {
          const std::string size = fmt::format("CompressedDataSize = {}\n", packed.size());
          truth::expect_truth(read_mha(mha(lines + "CompressedData = True\n" + size, packed)),
                              values);
          truth::expect_truth(read_mha(mha(lines + "CompressedData = 1\n", packed)), values);
        }
      }
    }
    for (const char* between : {" ", "\n", "\r\n", "\t"}) {
      const std::string text = fmt::format("{}\n", fmt::join(values, between));
      truth::expect_truth(read_mha(mha(head + "BinaryData = False\n", text)), values);
    }
  }
}

TEST(MetaFile, HeadersMayBeWrittenInManyWays) {
  const std::string good = mha(kBytes, byte_voxels());
  const size_t end = good.find("LOCAL\n") + 6;
  const auto with = [&](const std::string& lines) { return lines + good; };
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    return bytes.replace(bytes.find(from), from.size(), to);
  };
  std::string crlf, tight;
  for (size_t i = 0; i < end; ++i) {
    crlf += good[i] == '\n' ? "\r\n" : std::string(1, good[i]);
    const bool beside = good[i] == ' ' && (good[i + 1] == '=' || good[i - 1] == '=');
    if (!beside) tight += good[i];
  }
  const std::vector<std::string> all{
      good,
      crlf + byte_voxels(),
      tight + byte_voxels(),
      with("\n\n"),
      with("Comment = anything : at = all\nComment = again\nName = x\nID = 3\nParentID = -1\n"),
      with("CenterOfRotation = 1 2 3\nAnatomicalOrientation = RAI\nModality = MET_MOD_CT\n"),
      with("AnatomicalOrientation = LPS\nTransformType = Rigid\n"),
      with("ElementMin = 0\nElementMax = 255\nElementNumberOfChannels = 1\nElementSize = 9 9 9\n"),
      with("ElementToIntensityFunctionSlope = 1\nElementToIntensityFunctionOffset = 0\n"),
      with("DistanceUnits = mm\nHeaderSize = 0\nCompressedData = False\n"),
      with("HeaderSize = -1\n"),
      with("0008|0060 = CT\nSeq_Frame0000_Status = OK\nMyKey = 7\n"),
      with("CompressedDataSize = 12\n"),
      changed("ObjectType = Image\n", ""),
      changed("ElementSpacing =", "ElementSpacing:"),
      changed("ElementSpacing =", "  ElementSpacing\t=\t\t"),
      changed("DimSize = 4 3 2", "DimSize = +4   3\t2  "),
      changed("LOCAL", "Local"),
      changed("LOCAL", "local  "),
      fmt::format("HeaderSize = {}\n", end + 17) + good};
  ASSERT_EQ(std::string("HeaderSize = 279\n").size(), 17U);
  for (size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(i);
    truth::expect_truth(read_mha(all[i]));
  }
}

TEST(MetaFile, AWrongCompressedSizeLosesNothing) {
  const std::string packed = zlib_bytes(byte_voxels());
  const std::string lines = kBytes + "BinaryData = True\nCompressedData = True\n";
  for (const size_t size : {size_t{0}, size_t{7}, packed.size() / 2, packed.size() - 1,
                            packed.size() + 1, packed.size() + 12, size_t{1} << 30}) {
    SCOPED_TRACE(size);
    ReadNotes notes;
    truth::expect_truth(
        read_mha(mha(lines + fmt::format("CompressedDataSize = {}\n", size), packed), &notes));
    ASSERT_EQ(notes.lines.size(), 1U);
    EXPECT_NE(notes.lines[0].find("CompressedDataSize"), std::string::npos);
  }
  ReadNotes notes;
  truth::expect_truth(read_mha(
      mha(lines + fmt::format("CompressedDataSize = {}\n", packed.size()), packed + "rubbish"),
      &notes));
  ASSERT_EQ(notes.lines.size(), 1U);
  EXPECT_NE(notes.lines[0].find("7 bytes after"), std::string::npos);
  for (const char* size : {"-12", "x", "1.5", ""})
    expect_mha_refused(mha(lines + fmt::format("CompressedDataSize = {}\n", size), packed),
                       {"CompressedDataSize"});
}

TEST(MetaFile, ADamagedStreamIsRefused) {
  const std::string packed = zlib_bytes(byte_voxels());
  const std::string lines = kBytes + "BinaryData = True\nCompressedData = True\n";
  for (size_t size = 0; size < packed.size(); ++size) {
    expect_mha_refused(mha(lines, packed.substr(0, size)), {});
    std::string flipped = packed;
    flipped[size] = static_cast<char>(flipped[size] ^ 0x10);
    // The bits that fill up the last byte of deflate mean nothing.
    if (size != packed.size() - 5) expect_mha_refused(mha(lines, flipped), {});
  }
  expect_mha_refused(mha(lines, zlib_bytes(byte_voxels().substr(1))), {"truncated", "23"});
  expect_mha_refused(mha(lines, zlib_bytes(byte_voxels() + "x")), {"goes on after"});
  expect_mha_refused(mha(lines, zlib_bytes(std::string(size_t{64} << 20, '\0'))),
                     {"goes on after"});
  std::string huge = mha(lines, packed);
  huge.replace(huge.find("DimSize = 4 3 2"), 15, "DimSize = 30000 30000 25");
  expect_mha_refused(huge, {"truncated", "at most"});
}

TEST(MetaFile, ImpossibleHeadersAreRefusedWithTheReason) {
  const std::string good = mha(kBytes, byte_voxels());
  const auto with = [&](const std::string& lines) { return lines + "\n" + good; };
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    return bytes.replace(bytes.find(from), from.size(), to);
  };
  const std::string matrix =
      good.substr(good.find("TransformMatrix"),
                  good.find('\n', good.find("TransformMatrix")) - good.find("TransformMatrix"));
  const std::vector<std::pair<std::string, std::vector<std::string>>> all{
      {"", {"not a MetaImage"}},
      {"rubbish\n", {"not a MetaImage"}},
      {good.substr(0, good.find("ElementDataFile")), {"not a MetaImage"}},
      {with("ObjectType = Mesh"), {"ObjectType twice"}},
      {changed("ObjectType = Image", "ObjectType = Mesh"), {"ObjectType", "Mesh"}},
      {changed("NDims = 3\n", ""), {"lacks NDims"}},
      {changed("NDims = 3", "NDims = -1"), {"NDims", "-1"}},
      {changed("NDims = 3", "NDims = 100000"), {"NDims", "100000"}},
      {changed("NDims = 3", "NDims = 9223372036854775807"), {"NDims"}},
      {changed("NDims = 3", "NDims = 99999999999999999999"), {"NDims"}},
      {changed("NDims = 3", "NDims = 4"), {"DimSize", "3 values where 4"}},
      {changed("NDims = 3", "NDims = 2"), {"DimSize", "3 values where 2"}},
      {changed("NDims = 3", "NDims = 1"), {"NDims"}},
      {changed("DimSize = 4 3 2", "DimSize = 0x4 3 2"), {"DimSize"}},
      {changed("DimSize = 4 3 2", "DimSize = 4 3 0"), {"DimSize", "impossible"}},
      {changed("DimSize = 4 3 2", "DimSize = 4 3 -2"), {"DimSize", "impossible"}},
      {changed("DimSize = 4 3 2", "DimSize = 4 3 2.5"), {"DimSize"}},
      {changed("DimSize = 4 3 2", "DimSize = 4,3,2"), {"DimSize"}},
      {changed("DimSize = 4 3 2", "DimSize = 4 3 3"), {"truncated"}},
      {changed("DimSize = 4 3 2", "DimSize = 2000000 2000000 2000000"), {"size", "impossible"}},
      {with("DimSize = 400 400 400"), {"DimSize twice"}},
      {with("ElementType = MET_DOUBLE"), {"ElementType twice"}},
      {with("Position = 0 0 0"), {"Offset twice"}},
      {with("Rotation = 1 0 0 0 1 0 0 0 1"), {"TransformMatrix twice"}},
      {changed("MET_UCHAR", "MET_STRING"), {"ElementType", "MET_STRING"}},
      {changed("MET_UCHAR", "MET_UCHAR_ARRAY"), {"ElementType"}},
      {with("ElementNumberOfChannels = 3"), {"3 numbers"}},
      {with("ElementNumberOfChannels = 0"), {"ElementNumberOfChannels"}},
      {with("ElementToIntensityFunctionSlope = 2"), {"FunctionSlope", "rescaled"}},
      {with("ElementToIntensityFunctionOffset = -1024"), {"FunctionOffset", "rescaled"}},
      {with("DistanceUnits = cm"), {"DistanceUnits", "mm"}},
      {with("BinaryData = 7"), {"BinaryData", "neither"}},
      {with("BinaryData = Yes"), {"BinaryData", "neither"}},
      {with("CompressedData = maybe"), {"CompressedData", "neither"}},
      {with("BinaryData = False\nCompressedData = True"), {"CompressedData", "BinaryData"}},
      {with("BinaryData = False"), {"truncated"}},
      {with("HeaderSize = 20"), {"HeaderSize", "20"}},
      {with("HeaderSize = 99999999"), {"HeaderSize"}},
      {with("HeaderSize = -5"), {"HeaderSize", "-5"}},
      {with("HeaderSize = -1\nCompressedData = True"), {"HeaderSize"}},
      {with("HeaderSizePerSlice = 4"), {"HeaderSizePerSlice"}},
      {changed("ElementSpacing =", "ElementSpacijg ="),
       {"ElementSpacijg", "did you mean ElementSpacing"}},
      {changed("ElementSpacing =", "elementspacing ="), {"elementspacing", "ElementSpacing"}},
      {changed("Offset =", "Ofset ="), {"Ofset", "did you mean Offset"}},
      {changed("ElementSpacing = 0.8", "ElementSpacing = 0"), {"spacing", "impossible"}},
      {changed("ElementSpacing = 0.8", "ElementSpacing = nan"), {"ElementSpacing", "finite"}},
      {changed("ElementSpacing = 0.8", "ElementSpacing = 1e308"), {"spacing", "impossible"}},
      {changed("ElementSpacing = 0.8", "ElementSpacing = 0.8mm"), {"ElementSpacing", "no number"}},
      {changed("Offset = 30.5", "Offset = 1e308"), {"origin", "impossible"}},
      {changed("Offset = 30.5", "Offset = inf"), {"Offset", "finite"}},
      {changed(matrix, "TransformMatrix = nan 0 0 0 1 0 0 0 1"), {"TransformMatrix", "finite"}},
      {changed(matrix, "TransformMatrix = 1e308 0 0 0 1e308 0 0 0 1e308"), {"TransformMatrix"}},
      {changed(matrix, "TransformMatrix = 2 0 0 0 1 0 0 0 1"), {"TransformMatrix", "length 1"}},
      {changed(matrix, "TransformMatrix = 1 0 0 1 0 0 0 0 1"), {"singular"}},
      {changed(matrix, "TransformMatrix = 1 0 0 0 1 0"), {"TransformMatrix", "6 values where 9"}},
      {good.substr(0, good.size() - 1), {"truncated"}}};
  for (const auto& [bytes, parts] : all) {
    SCOPED_TRACE(bytes.substr(0, 80));
    expect_mha_refused(bytes, parts);
  }
}

TEST(MetaFile, FurtherDimensionsOfOneSampleAreLeftOut) {
  const auto file = [](const std::string& sizes, const std::string& matrix) {
    return "ObjectType = Image\nNDims = 4\nDimSize = " + sizes +
           "\nElementSpacing = 0.8 1.1 2.5 7\nOffset = 30.5 -12.25 -100.75 3\nTransformMatrix = " +
           matrix + "\n" + kBytes + "ElementDataFile = LOCAL\n" + byte_voxels();
  };
  const std::string plain = "-1 0 0 0 0 -1 0 0 0 0 1 0 0 0 0 1";
  truth::expect_truth(read_mha(file("4 3 2 1", plain)));
  expect_mha_refused(file("4 3 1 2", plain), {"2 volumes", "dimension 4"});
  expect_mha_refused(file("4 3 2 1", "-0.8 0 0 0.6 0 -1 0 0 0 0 1 0 0.6 0 0 0.8"),
                     {"TransformMatrix", "another dimension"});
  const ImageVolume flat = read_mha("NDims = 2\nDimSize = 4 6\nElementSpacing = 2 3\n" + kBytes +
                                    "ElementDataFile = LOCAL\n" + byte_voxels());
  EXPECT_EQ(flat.geometry.extent_xyz, (Int3{4, 6, 1}));
  EXPECT_EQ(flat.geometry.spacing_xyz_mm, (Real3{2, 3, 1}));
}

TEST(MetaFile, NotesTellWhatIsNotUsed) {
  const auto only_note = [](const std::string& bytes) {
    ReadNotes notes;
    truth::expect_truth(read_mha(bytes, &notes));
    EXPECT_EQ(notes.lines.size(), 1U);
    return notes.lines.empty() ? "" : notes.lines[0];
  };
  const std::string good = mha(kBytes, byte_voxels());
  EXPECT_NE(only_note("MyKey = 7\n" + good).find("1 keys that MetaImage does not know"),
            std::string::npos);
  EXPECT_NE(only_note(good + "tail").find("4 bytes after"), std::string::npos);
  EXPECT_NE(
      only_note(mha(kBytes, byte_voxels(),
                    grid_lines({}, {"TransformMatrix", "Offset", "ElementSpacing", {-1, 1, 1}})))
          .find("negative ElementSpacing"),
      std::string::npos);
}

TEST(MetaFile, ADetachedHeaderFindsItsVoxelsBesideItOnly) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "sub");
  for (const char* name : {"voxels.raw", "sub/voxels.raw"})
    testing::put_file(folder / name, byte_voxels());
  const auto write = [&](const std::string& source, const std::string& lines = "") {
    std::string text = mha(kBytes + lines, "", grid_lines({}), source);
    testing::put_file(folder / "v.mhd", text);
  };
  write("voxels.raw");
  truth::expect_truth(read_image(folder / "v.mhd"));
  write("voxels.raw\r");
  truth::expect_truth(read_image(folder / "v.mhd"));
  testing::put_file(folder / "led.raw", "12345" + byte_voxels());
  write("led.raw", "HeaderSize = 5\n");
  truth::expect_truth(read_image(folder / "v.mhd"));
  write("led.raw", "HeaderSize = -1\n");
  truth::expect_truth(read_image(folder / "v.mhd"));
  const std::string packed = zlib_bytes(byte_voxels());
  testing::put_file(folder / "packed.zraw", packed);
  write("packed.zraw", "CompressedData = True\n");
  truth::expect_truth(read_image(folder / "v.mhd"));
  testing::put_file(folder / "packed.zraw", "12345" + packed);
  write("packed.zraw", "CompressedData = True\nHeaderSize = 5\n");
  truth::expect_truth(read_image(folder / "v.mhd"));
  for (const auto& [name, part] :
       std::vector<std::pair<std::string, std::string>>{{"none.raw", "absent"},
                                                        {"sub/voxels.raw", "same folder"},
                                                        {"./voxels.raw", "same folder"},
                                                        {"../v/voxels.raw", "same folder"},
                                                        {"/etc/passwd", "same folder"},
                                                        {"C:\\voxels.raw", "same folder"},
                                                        {"v.mhd", "names itself"},
                                                        {"LIST", "several files"},
                                                        {"LIST 2D", "several files"},
                                                        {"voxels%03d.raw 1 2 1", "several files"},
                                                        {"", "ElementDataFile"}}) {
    SCOPED_TRACE(name);
    write(name);
    expect_error<DataError>([&] { read_image(folder / "v.mhd"); }, {"v.mhd", part});
  }
  write("led.raw", "HeaderSize = 500\n");
  expect_error<DataError>([&] { read_image(folder / "v.mhd"); }, {"led.raw", "HeaderSize"});
  write("led.raw", "HeaderSize = 6\n");
  expect_error<DataError>([&] { read_image(folder / "v.mhd"); }, {"led.raw", "truncated"});
}

}  // namespace
}  // namespace nmsw::datasets
