#include "datasets/formats/nrrd_file.h"

#include <gtest/gtest.h>

#include "datasets/formats/gzip.h"
#include "datasets/image_io.h"
#include "tests/datasets/formats/nrrd_text.h"
#include "tests/support/expect_error.h"
#include "tests/support/put_file.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using namespace nrrd_text;
using testing::expect_error;
using testing::TemporaryFolder;

TEST(NrrdFile, EveryOrientationInEverySpaceIsTheSameVolume) {
  const std::vector<std::pair<std::string, Real3>> spaces{
      {"right-anterior-superior", kRas}, {"RAS", kRas},
      {"left-anterior-superior", kLas},  {"LAS", kLas},
      {"left-posterior-superior", kLps}, {"LPS", kLps},
      {"Left-Posterior-SUPERIOR", kLps}, {"scanner-xyz", kLps},
      {"3D-right-handed", kLps}};
  for (const auto& [space, sign] : spaces) {
    for (const truth::Storage& storage : truth::all_storages()) {
      SCOPED_TRACE(space);
      truth::expect_truth(read_bytes_as("NRRD0004\ntype: uchar\nencoding: raw\nspace: " + space +
                                        "\n" + grid_fields(storage, sign) + "\n" +
                                        truth::bytes_as<uint8_t>(storage.stored(truth::values()))));
    }
  }
}

TEST(NrrdFile, ASpaceWithTimeIsReadWhereTimeStandsStill) {
  const std::vector<std::pair<std::string, Real3>> spaces{
      {"right-anterior-superior-time", kRas}, {"RAST", kRas},
      {"left-anterior-superior-time", kLas},  {"LAST", kLas},
      {"left-posterior-superior-time", kLps}, {"LPST", kLps}};
  for (const auto& [space, sign] : spaces) {
    SCOPED_TRACE(space);
    const std::string head = "NRRD0004\ntype: uchar\nencoding: raw\nspace: " + space + "\n";
    std::string grid = grid_fields({}, sign, ",0");
    truth::expect_truth(read_bytes_as(head + grid + "\n" + raw_bytes()));
    expect_refused(head + grid_fields({}, sign, ",0.5") + "\n" + raw_bytes(), {"space and time"});
    grid.replace(grid.find("dimension: 3"), 12, "dimension: 4");
    grid.replace(grid.find("sizes: 4 3 2"), 12, "sizes: 4 3 2 1");
    grid.replace(grid.find("\nspace origin"), 0, " (0,0,0,1)");
    truth::expect_truth(read_bytes_as(head + grid + "\n" + raw_bytes()));
    grid.replace(grid.find("sizes: 4 3 2 1"), 14, "sizes: 4 3 2 5");
    expect_refused(head + grid + "\n" + raw_bytes(), {"5 volumes", "4-D"});
  }
}

TEST(NrrdFile, ASpaceThatSaysNothingOfThePatientLeavesANote) {
  for (const char* space : {"space: scanner-xyz", "space: 3D-right-handed", "space dimension: 3"}) {
    ReadNotes notes;
    truth::expect_truth(read_bytes_as("NRRD0004\ntype: uchar\nencoding: raw\n" +
                                          std::string(space) + "\n" + grid_fields({}, kLps) + "\n" +
                                          raw_bytes(),
                                      "volume.nrrd", &notes));
    ASSERT_EQ(notes.lines.size(), 1U) << space;
    EXPECT_NE(notes.lines[0].find("names no space of the patient"), std::string::npos);
  }
}

struct TypeSpelling {
  const char* name;
  std::function<std::string(bool)> bytes;
  bool is_signed;
};

template <class Stored>
TypeSpelling type_spelling(const char* name) {
  constexpr bool is_signed = std::is_signed_v<Stored>;
  return {name, [](bool big) { return truth::bytes_as<Stored>(truth::values(is_signed), big); },
          is_signed};
}

std::vector<TypeSpelling> type_spellings() {
  std::vector<TypeSpelling> all;
  for (const char* name : {"signed char", "int8", "int8_t"})
    all.push_back(type_spelling<int8_t>(name));
  for (const char* name : {"uchar", "unsigned char", "uint8", "uint8_t", "UCHAR"})
    all.push_back(type_spelling<uint8_t>(name));
  for (const char* name :
       {"short", "short int", "signed short", "signed short int", "int16", "int16_t"})
    all.push_back(type_spelling<int16_t>(name));
  for (const char* name : {"ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"})
    all.push_back(type_spelling<uint16_t>(name));
  for (const char* name : {"int", "signed int", "int32", "int32_t"})
    all.push_back(type_spelling<int32_t>(name));
  for (const char* name : {"uint", "unsigned int", "uint32", "uint32_t"})
    all.push_back(type_spelling<uint32_t>(name));
  for (const char* name : {"longlong", "long long", "long long int", "signed long long",
                           "signed long long int", "int64", "int64_t"})
    all.push_back(type_spelling<int64_t>(name));
  for (const char* name :
       {"ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"})
    all.push_back(type_spelling<uint64_t>(name));
  all.push_back(type_spelling<float>("float"));
  all.push_back(type_spelling<double>("double"));
  return all;
}

std::string in_hex(const std::string& bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i)
    text += fmt::format("{:02x}{}", static_cast<unsigned char>(bytes[i]), i % 7 == 6 ? "\n" : "");
  return text;
}

std::string in_text(const std::vector<int>& values, const std::string& between) {
  return fmt::format("{}\n", fmt::join(values, between));
}

TEST(NrrdFile, EveryTypeByteOrderAndEncodingIsTheSameVolume) {
  for (const TypeSpelling& type : type_spellings()) {
    SCOPED_TRACE(type.name);
    const std::vector<int> values = truth::values(type.is_signed);
    const std::string head = fmt::format("type: {}\n", type.name);
    for (const bool big : {false, true}) {
      const std::string order = big ? "endian: big\n" : "endian: LITTLE\n";
      const std::string bytes = type.bytes(big);
      truth::expect_truth(read_bytes_as(lps_file(head + order + "encoding: raw\n", bytes)), values);
      truth::expect_truth(read_bytes_as(lps_file(head + order + "encoding: gzip\n", gzip(bytes))),
                          values);
      truth::expect_truth(read_bytes_as(lps_file(head + order + "encoding: GZ\n", gzip(bytes))),
                          values);
      truth::expect_truth(read_bytes_as(lps_file(head + order + "encoding: hex\n", in_hex(bytes))),
                          values);
    }
    for (const char* name : {"text", "txt", "ascii"}) {
      const std::string fields = head + "encoding: " + name + "\n";
      truth::expect_truth(read_bytes_as(lps_file(fields, in_text(values, " "))), values);
      truth::expect_truth(read_bytes_as(lps_file(fields, in_text(values, "\r\n"))), values);
      truth::expect_truth(read_bytes_as(lps_file(fields, in_text(values, ", "))), values);
    }
  }
}

TEST(NrrdFile, HeadersMayBeWrittenInManyWays) {
  const std::string good = lps_file("type: uchar\nencoding: raw\n", raw_bytes());
  const size_t empty = good.find("\n\n");
  const auto with = [&](const std::string& lines) {
    std::string bytes = good;
    return bytes.replace(empty + 1, 0, lines);
  };
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    return bytes.replace(bytes.find(from), from.size(), to);
  };
  std::string crlf;
  for (size_t i = 0; i <= empty + 1; ++i)
    crlf += good[i] == '\n' ? "\r\n" : std::string(1, good[i]);
  const std::vector<std::string> all{
      good,
      crlf + raw_bytes(),
      with("# a comment: with := everything\n#\n"),
      with("Segment0_Name:=liver: left\nSegment0_Name:=again\nodd key: too:=1\n"),
      with("content: any text at all: it does not matter\nnumber: 24\n"),
      with("content:\n"),
      with("kinds: domain domain domain\ncenterings: cell cell cell\nlabels: \"x\" \"y\" \"z\"\n"),
      with("kinds: space space space\ncenters: node node node\nthicknesses: NaN NaN 2\n"),
      with("kinds: ??? ??? ???\ncenterings: ??? ??? ???\n"),
      with("space units: \"mm\" \"mm\" \"mm\"\n"),
      with("measurement frame: (0,1,0) (1,0,0) (0,0,1)\n"),
      with("space dimension: 3\n"),
      with("spacings: 0.8 1.1 2.5\n"),
      with("spacings: NaN NaN NaN\naxis mins: nan nan nan\n"),
      with("old min: 0\nold max: 255\nsample units: HU\nmin: 0\nmax: 1\n"),
      with("byte skip: 0\nline skip: 0\n"),
      with("byte skip: -1\n"),
      with(std::string(100000, '#') + "\n"),
      changed("space directions", "spacedirections"),
      changed("space origin", "SPACEORIGIN"),
      changed("type: uchar", "Type:\tUnsigned  Char \t"),
      changed("space: ", "space:"),
      changed("sizes: 4 3 2", "sizes:   4\t3  2  "),
      changed("NRRD0005", "NRRD0001"),
      changed("NRRD0005", "NRRD00.01"),
      changed(",", ", ")};
  for (size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(i);
    truth::expect_truth(read_bytes_as(all[i]));
  }
}

TEST(NrrdFile, LinesAndBytesAreSkipped) {
  const std::string fields = "type: uchar\nline skip: 2\nbyte skip: 3\nencoding: ";
  truth::expect_truth(read_bytes_as(lps_file(fields + "raw\n", "a\nb\nxyz" + raw_bytes())));
  truth::expect_truth(
      read_bytes_as(lps_file(fields + "gzip\n", "a\nb\n" + gzip("xyz" + raw_bytes()))));
  truth::expect_truth(read_bytes_as(
      lps_file("type: uchar\nbyte skip: -1\nencoding: raw\n", "rubbish\n\n" + raw_bytes())));
  expect_refused(lps_file(fields + "raw\n", "a\n"), {"line skip"});
  expect_refused(lps_file("type: uchar\nencoding: raw\nbyte skip: 1000\n", raw_bytes()),
                 {"byte skip"});
  expect_refused(lps_file("type: uchar\nencoding: gzip\nbyte skip: -1\n", gzip(raw_bytes())),
                 {"byte skip", "raw"});
}

TEST(NrrdFile, AxesOfOneSampleAreLeftOut) {
  const std::string grid = grid_fields({}, kLps);
  const std::string directions = grid.substr(grid.find("space directions: ") + 18);
  const auto file = [&](const std::string& sizes, const std::string& kinds,
                        const std::string& axes) {
    return "NRRD0005\ntype: uchar\nencoding: raw\nspace: LPS\ndimension: 4\nsizes: " + sizes +
           (kinds.empty() ? "" : "\nkinds: " + kinds) + "\nspace directions: " + axes + "\n" +
           raw_bytes();
  };
  std::string behind = directions;
  behind.insert(behind.find('\n'), " none");
  for (const char* kinds : {"", "list domain domain domain", "stub domain domain domain",
                            "vector space space space", "RGB-color domain domain domain"}) {
    truth::expect_truth(read_bytes_as(file("1 4 3 2", kinds, "none " + directions)));
  }
  truth::expect_truth(read_bytes_as(file("4 3 2 1", "domain domain domain time", behind)));
  truth::expect_truth(
      read_bytes_as(file("1 4 3 2", "list domain domain domain", "(NaN,NaN,NaN) " + directions)));
  expect_refused(file("2 4 3 2", "list domain domain domain", "none " + directions), {"2 volumes"});
  expect_refused(file("3 4 3 2", "RGB-color domain domain domain", "none " + directions),
                 {"rgb-color of 3 numbers"});
  expect_refused(file("4 3 2 7", "domain domain domain time", behind),
                 {"7 volumes", "dimension 4"});
}

TEST(NrrdFile, VoxelsThatAreNotThereOrNoNumbersAreRefused) {
  const std::vector<int> values = truth::values();
  const auto file = [](const std::string& type, const std::string& encoding,
                       const std::string& data) {
    return lps_file("type: " + type + "\nencoding: " + encoding + "\n", data);
  };
  const std::string text = in_text(values, " ");
  expect_refused(file("uchar", "text", text.substr(0, text.size() - 5)), {"truncated"});
  expect_refused(file("uchar", "text", "1 2"), {"truncated"});
  expect_refused(file("uchar", "text", "x" + text.substr(1)), {"voxel 0"});
  expect_refused(file("uchar", "text", "256" + text.substr(1)), {"voxel 0"});
  expect_refused(file("uchar", "text", "-1" + text.substr(1)), {"voxel 0"});
  expect_refused(file("uchar", "text", "1.5" + text.substr(1)), {"voxel 0"});
  expect_refused(file("float", "text", "nan" + text.substr(1)), {"not finite"});
  expect_refused(file("uchar", "hex", in_hex(raw_bytes()).substr(0, 40)), {"truncated"});
  expect_refused(file("uchar", "hex", "0g" + in_hex(raw_bytes()).substr(2)), {"hexadecimal"});
  const std::string packed = gzip(raw_bytes());
  for (size_t size = 0; size < packed.size(); ++size)
    expect_refused(file("uchar", "gzip", packed.substr(0, size)), {});
  expect_refused(file("uchar", "gzip", packed + "rubbish"), {"damaged"});
  std::string flipped = packed;
  flipped[flipped.size() - 6] = static_cast<char>(flipped[flipped.size() - 6] ^ 1);
  expect_refused(file("uchar", "gzip", flipped), {"damaged"});
  expect_refused(file("uchar", "gzip", raw_bytes()), {"no gzip stream"});
}

TEST(NrrdFile, AStreamIsNotDecompressedBeyondItsPromise) {
  const std::string fields = "type: uchar\nencoding: gzip\n";
  ReadNotes notes;
  truth::expect_truth(
      read_bytes_as(lps_file(fields, gzip(raw_bytes() + "tail")), "v.nrrd", &notes));
  ASSERT_EQ(notes.lines.size(), 1U);
  EXPECT_NE(notes.lines[0].find("4 bytes after its last voxel"), std::string::npos);
  expect_refused(lps_file(fields, gzip(std::string(size_t{64} << 20, '\0'))), {"goes on after"});
  std::string huge = lps_file(fields, gzip(raw_bytes()));
  const std::string sizes = "sizes: 4 3 2";
  huge.replace(huge.find(sizes), sizes.size(), "sizes: 30000 30000 25");
  expect_refused(huge, {"truncated", "at most"});
}

TEST(NrrdFile, ADetachedHeaderFindsItsVoxelsBesideItOnly) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "sub");
  for (const char* name : {"voxels.raw", "sub/voxels.raw"})
    testing::put_file(folder / name, raw_bytes());
  const auto write = [&](const std::string& line, const std::string& encoding = "raw") {
    std::string text = lps_file("type: uchar\nencoding: " + encoding + "\n" + line, "");
    testing::put_file(folder / "v.nhdr", text.substr(0, text.size() - 1));
  };
  for (const char* line :
       {"data file: voxels.raw\n", "datafile: voxels.raw", "DATA FILE: voxels.raw\r\n",
        "data file: voxels.raw\nbyte skip: -1\n", "data file: voxels.raw\n\n"}) {
    write(line);
    truth::expect_truth(read_image(folder / "v.nhdr"));
  }
  testing::put_file(folder / "voxels with blank.gz", gzip(raw_bytes()));
  write("data file: voxels with blank.gz\n", "gzip");
  truth::expect_truth(read_image(folder / "v.nhdr"));
  const std::string absolute = (folder / "voxels.raw").string();
  for (const auto& [name, part] : std::vector<std::pair<std::string, std::string>>{
           {"none.raw", "absent"},
           {"sub", "absent"},
           {"sub/voxels.raw", "same folder"},
           {"../" + folder.path().filename().string() + "/voxels.raw", "same folder"},
           {"./voxels.raw", "same folder"},
           {"..", "same folder"},
           {"", "data file"},
           {"-", "same folder"},
           {"/etc/passwd", "same folder"},
           {absolute, "same folder"},
           {"v.nhdr", "names itself"},
           {"LIST", "several files"},
           {"LIST 2", "several files"},
           {"voxels%d.raw 1 4 1 2", "several files"},
           {"%n%n%n%s 1 4 1 2", "several files"},
           {"a%099999999d.raw 1 4 1 2", "several files"}}) {
    SCOPED_TRACE(name);
    write("data file: " + name + "\n");
    expect_error<DataError>([&] { read_image(folder / "v.nhdr"); }, {"v.nhdr", part});
  }
  testing::put_file(folder / "voxels.raw", raw_bytes().substr(1));
  write("data file: voxels.raw\n");
  expect_error<DataError>([&] { read_image(folder / "v.nhdr"); }, {"voxels.raw", "truncated"});
  fs::create_symlink("v.nhdr", folder / "link.raw");
  write("data file: link.raw\n");
  expect_error<DataError>([&] { read_image(folder / "v.nhdr"); }, {"v.nhdr", "names itself"});
}

}  // namespace
}  // namespace nmsw::datasets
