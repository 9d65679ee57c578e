#include "nmsw/training/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include <limits>

#include "nmsw/base/atomic_file.h"
#include "nmsw/training/tensor_file.h"
#include "tests/support/temporary_folder.h"

namespace nmsw {
namespace {

using ::testing::HasSubstr;

std::string bytes_of(const Safetensors& content) {
  std::string bytes;
  serialize(content, [&](std::string_view part) { bytes += part; });
  return bytes;
}

/// A file as the format's description has it: length, header, data.
std::string written(const std::string& header, const std::string& data) {
  std::string bytes;
  for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xFFU);
  return bytes + header + data;
}

std::string fault_of(const std::string& bytes) {
  try {
    parse_safetensors(bytes, "x.safetensors");
  } catch (const DataError& fault) {
    return fault.what();
  }
  return "";
}

Safetensors sample() {
  Safetensors content;
  content.metadata = {{"format", "pt"}, {"note", "ä \" \\ 7"}};
  content.tensors = {{"weight", torch::arange(6, torch::kFloat).reshape({2, 3})},
                     {"bias", torch::tensor({-0.5, 2.0}, torch::kDouble)},
                     {"steps", torch::tensor(7, torch::kLong)},
                     {"empty", torch::zeros({0, 3})}};
  return content;
}

TEST(Safetensors, ReadsBytesWrittenByTheFormatsDescription) {
  const std::string data("\x00\x00\x80\x3F\x00\x00\x00\xC0\x05", 9);  // 1, -2 as float32; 5
  const Safetensors content = parse_safetensors(
      written(R"({"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
              R"("y":{"dtype":"U8","shape":[],"data_offsets":[8,9]}}  )",
              data),
      "x");
  EXPECT_FALSE(content.verified);
  EXPECT_EQ(content.metadata.at("a"), "b");
  EXPECT_TRUE(torch::equal(content.tensors.at("x"), torch::tensor({{1.0F, -2.0F}})));
  EXPECT_EQ(content.tensors.at("y").dim(), 0);
  EXPECT_EQ(content.tensors.at("y").item<int64_t>(), 5);
}

TEST(Safetensors, ComeBackAsTheyWereInEveryType) {
  Safetensors content = sample();
  for (const torch::ScalarType type :
       {torch::kDouble, torch::kFloat, torch::kHalf, torch::kBFloat16, torch::kLong, torch::kInt,
        torch::kShort, torch::kChar, torch::kByte, torch::kBool}) {
    content.tensors[c10::toString(type)] =
        torch::arange(24).reshape({2, 3, 4}).remainder(2).to(type).permute({2, 0, 1});
  }
  const Safetensors again = parse_safetensors(bytes_of(content), "x");
  EXPECT_TRUE(again.verified);
  EXPECT_EQ(again.metadata, content.metadata);
  ASSERT_EQ(again.tensors.size(), content.tensors.size());
  for (const auto& [name, tensor] : content.tensors) {
    EXPECT_EQ(again.tensors.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(torch::equal(again.tensors.at(name), tensor)) << name;
  }
}

TEST(Safetensors, NoBitCanBeFlippedUnseen) {
  const std::string whole = bytes_of(sample());
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] ^= static_cast<char>(1U << bit % 8);
    try {
      const Safetensors content = parse_safetensors(damaged, "x");
      // The name of the digest itself may be hit, or the spaces that fill up the header.
      if (!content.verified) continue;
      EXPECT_EQ(bytes_of(content), whole) << "bit " << bit;
    } catch (const DataError&) {
      continue;
    }
  }
}

TEST(Safetensors, RefuseWhatIsCutOffAtAnyByte) {
  const std::string whole = bytes_of(sample());
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(fault_of(whole.substr(0, size)), HasSubstr("x.safetensors: is damaged")) << size;
  }
  EXPECT_THAT(fault_of(whole + "x"), HasSubstr("belong to no tensor"));
}

TEST(Safetensors, RefuseHeadersThatLie) {
  const std::string data(16, '\0');
  const auto one = [](const std::string& fields) { return "{\"x\":{" + fields + "}}"; };
  for (
      const std::string& header :
      {std::string("[]"), std::string("{"), std::string("7"), std::string("{\"x\":3}"),
       one(R"("dtype":"F32","shape":[4])"),
       one(R"("dtype":"F33","shape":[4],"data_offsets":[0,16])"),
       one(R"("dtype":"F32","shape":[5],"data_offsets":[0,16])"),
       one(R"("dtype":"F32","shape":[4],"data_offsets":[0,17])"),
       one(R"("dtype":"F32","shape":[4],"data_offsets":[16,0])"),
       one(R"("dtype":"F32","shape":[3],"data_offsets":[4,16])"),
       one(R"("dtype":"F32","shape":[-4],"data_offsets":[0,16])"),
       one(R"("dtype":"F32","shape":[4.0],"data_offsets":[0,16])"),
       one(R"("dtype":"F32","shape":"4","data_offsets":[0,16])"),
       // 2^32 · 2^32 is 0 in 64 bits, 2^62 · 4 as well.
       one(R"("dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,16])"),
       one(R"("dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16])"),
       one(R"("dtype":"F32","shape":[0,4],"data_offsets":[0,16])"),
       one(R"("dtype":"F32","shape":[4],"data_offsets":[0,16]},"y":{"dtype":"U8","shape":[8],"data_offsets":[8,16])"),
       std::string(R"({"__metadata__":{"a":1}})"), std::string(R"({"__metadata__":[]})"),
       std::string(300000, '['), "{\"x\":" + std::string(300000, '[')}) {
    EXPECT_THAT(fault_of(written(header, data)), HasSubstr("x.safetensors: is damaged"))
        << header.substr(0, 100);
  }
  std::string longer = written("{}", "");
  longer[7] = '\x7F';
  EXPECT_THAT(fault_of(longer), HasSubstr("longer than the file"));
}

std::string pickled(const std::map<std::string, Tensor>& tensors) {
  c10::impl::GenericDict dict(c10::StringType::get(), c10::TensorType::get());
  for (const auto& [name, tensor] : tensors) dict.insert(name, tensor);
  const std::vector<char> bytes = torch::jit::pickle_save(dict);
  return {bytes.begin(), bytes.end()};
}

/// What versions before safetensors wrote.
std::string earlier_checkpoint() {
  const std::string manifest = R"({"answer":42})";
  Tensor text = torch::empty({static_cast<int64_t>(manifest.size())}, torch::kUInt8);
  std::copy(manifest.begin(), manifest.end(), text.data_ptr<uint8_t>());
  return pickled({{"manifest", text}, {"a.b", torch::arange(6).reshape({2, 3})}});
}

TEST(TensorFile, ReadsCheckpointsOfEarlierVersions) {
  const testing::TemporaryFolder folder;
  write_text_atomically(folder / "model.pt", earlier_checkpoint());
  const TensorFile content = load_tensor_file(folder / "model.pt", FileOrigin::verified);
  EXPECT_EQ(content.manifest.at("answer"), 42);
  ASSERT_EQ(content.tensors.size(), 1U);
  EXPECT_THROW(load_tensor_file(folder / "model.pt"), DataError) << "it has no digest";
  EXPECT_TRUE(torch::equal(content.tensors.at("a.b"), torch::arange(6).reshape({2, 3})));
}

TEST(TensorFile, RefusesAFlippedBitInTheTensorsOfAnEarlierCheckpoint) {
  const testing::TemporaryFolder folder;
  const std::string whole = earlier_checkpoint();
  // The storage of 0 … 5 as 64-bit numbers.
  const std::string numbers("\x00\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03", 25);
  const size_t at = whole.find(numbers);
  ASSERT_NE(at, std::string::npos);
  for (size_t bit = 0; bit < 8 * numbers.size(); bit += 7) {
    std::string damaged = whole;
    damaged[at + bit / 8] ^= static_cast<char>(1U << bit % 8);
    write_text_atomically(folder / "model.pt", damaged);
    EXPECT_THROW(load_tensor_file(folder / "model.pt", FileOrigin::verified), DataError) << bit;
  }
}

TEST(TensorFile, ReadsForeignWeightsButNoForeignCheckpoint) {
  const testing::TemporaryFolder folder;
  const std::string foreign =
      written(R"({"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "ab");
  write_text_atomically(folder / "w.safetensors", foreign);
  EXPECT_EQ(load_state_dict(folder / "w.safetensors").at("w")[1].item<int64_t>(), 'b');
  EXPECT_THROW(load_tensor_file(folder / "w.safetensors"), DataError);
  write_text_atomically(folder / "w.pt", pickled({{"w", torch::ones({3})}}));
  EXPECT_TRUE(torch::equal(load_state_dict(folder / "w.pt").at("w"), torch::ones({3})));
  EXPECT_THROW(load_tensor_file(folder / "w.pt"), DataError);
}

TEST(TensorFile, RefusesWeightsThatAreNotFinite) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Tensor weight = torch::zeros({5});
    weight[3] = value;
    try {
      require_finite({{"fine", torch::ones({2})},
                      {"n", torch::ones({2}, torch::kLong)},
                      {"conv.weight", weight}},
                     "net.safetensors");
      ADD_FAILURE() << value;
    } catch (const DataError& fault) {
      EXPECT_THAT(fault.what(), HasSubstr("net.safetensors: 'conv.weight'"));
    }
  }
}

}  // namespace
}  // namespace nmsw
