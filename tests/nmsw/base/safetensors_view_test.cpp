#include "nmsw/base/safetensors_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

using ::testing::HasSubstr;

/// A file as the format's description has it: length, header, data.
std::string written(const std::string& header, const std::string& data) {
  std::string bytes;
  for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xFFU);
  return bytes + header + data;
}

std::string bytes_of(const SafetensorsView& content) {
  std::string bytes;
  write_safetensors(content, [&](std::string_view part) { bytes += part; });
  return bytes;
}

std::string fault_of(const std::string& bytes) {
  try {
    view_safetensors(bytes, "x.safetensors");
  } catch (const DataError& fault) {
    return fault.what();
  }
  return "";
}

SafetensorsView sample() {
  SafetensorsView content;
  content.metadata = {{"format", "pt"}, {"note", "ä \" \\ 7"}};
  content.tensors = {{"b", {StoredElement::f32, {2, 1}, "12345678"}},
                     {"a", {StoredElement::boolean, {3}, std::string_view("\0\1\1", 3)}},
                     {"none", {StoredElement::i64, {5, 0}, ""}},
                     {"one", {StoredElement::f64, {}, "abcdefgh"}}};
  return content;
}

TEST(SafetensorsView, ShowsWhatTheFormatsDescriptionSays) {
  const std::string bytes =
      written(R"({"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
              R"("y":{"dtype":"BF16","shape":[],"data_offsets":[8,10]}}  )",
              "12345678ab");
  const SafetensorsView content = view_safetensors(bytes, "x");
  EXPECT_FALSE(content.verified);
  EXPECT_EQ(content.metadata, (std::map<std::string, std::string>{{"a", "b"}}));
  ASSERT_EQ(content.tensors.size(), 2U);
  const StoredTensor& x = content.tensors.at("x");
  EXPECT_EQ(x.type, StoredElement::f32);
  EXPECT_EQ(x.shape, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(x.bytes.data(), bytes.data() + bytes.size() - 10) << "in place";
  EXPECT_EQ(content.tensors.at("y").bytes, "ab");
  EXPECT_TRUE(content.tensors.at("y").shape.empty());
}

// JSON objects have no order: readers in other languages may write their keys in any.
TEST(SafetensorsView, TakesTensorsInAnyOrderOfTheHeader) {
  const std::string bytes = written(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},)"
                                    R"("b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                    R"("c":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}})",
                                    "xyz");
  const SafetensorsView content = view_safetensors(bytes, "x");
  EXPECT_EQ(content.tensors.at("a").bytes, "yz");
  EXPECT_EQ(content.tensors.at("b").bytes, "x");
}

TEST(SafetensorsView, ComesBackAsItWasWritten) {
  const SafetensorsView content = sample();
  const std::string bytes = bytes_of(content);
  const SafetensorsView again = view_safetensors(bytes, "x");
  EXPECT_TRUE(is_safetensors(bytes));
  EXPECT_TRUE(again.verified);
  EXPECT_EQ(again.metadata, content.metadata);
  ASSERT_EQ(again.tensors.size(), content.tensors.size());
  for (const auto& [name, tensor] : content.tensors) {
    EXPECT_EQ(again.tensors.at(name).type, tensor.type) << name;
    EXPECT_EQ(again.tensors.at(name).shape, tensor.shape) << name;
    EXPECT_EQ(again.tensors.at(name).bytes, tensor.bytes) << name;
  }
}

TEST(SafetensorsView, RefusesEveryFlippedBitOfTheTensors) {
  const std::string whole = bytes_of(sample());
  for (size_t bit = 8 * (whole.size() - 19); bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] ^= static_cast<char>(1U << bit % 8);
    EXPECT_THAT(fault_of(damaged), HasSubstr("SHA-256")) << bit;
  }
}

TEST(SafetensorsView, RefusesHolesAndOverlaps) {
  const auto two = [](int begin, int end) {
    return R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[)" +
           std::to_string(end - begin) + R"(],"data_offsets":[)" + std::to_string(begin) + "," +
           std::to_string(end) + "]}}";
  };
  EXPECT_EQ(fault_of(written(two(2, 4), "1234")), "");
  EXPECT_THAT(fault_of(written(two(1, 4), "1234")), HasSubstr("'b' lies outside"));
  EXPECT_THAT(fault_of(written(two(0, 4), "1234")), HasSubstr("'b' lies outside"));
  EXPECT_THAT(fault_of(written(two(3, 4), "1234")), HasSubstr("'b' lies outside"));
  EXPECT_THAT(fault_of(written(two(2, 3), "1234")), HasSubstr("belong to no tensor"));
  EXPECT_THAT(fault_of(written(two(2, 5), "1234")), HasSubstr("'b' lies outside"));
}

// A product of the sizes would be 0 in 64 bits.
TEST(SafetensorsView, ComparesShapesWithoutOverflow) {
  const std::string data(16, 'x');
  for (const char* shape : {"4294967296,4294967296,4", "4611686018427387904,4",
                            "16,16,16,16,16,16,16,16,16,16,16,16"}) {
    EXPECT_THAT(fault_of(written(std::string(R"({"x":{"dtype":"F32","shape":[)") + shape +
                                     R"(],"data_offsets":[0,16]}})",
                                 data)),
                HasSubstr("'x'"))
        << shape;
  }
}

// Every name is looked up among all others where the object keeps its order.
TEST(SafetensorsView, ReadsAHeaderOfManyNames) {
  std::string header = "{";
  const int count = 100'000;
  for (int i = 0; i < count; ++i) {
    header += (i == 0 ? "\"" : ",\"") + std::to_string(i) +
              R"(":{"dtype":"U8","shape":[1],"data_offsets":[)" + std::to_string(i) + "," +
              std::to_string(i + 1) + "]}";
  }
  EXPECT_EQ(view_safetensors(written(header + "}", std::string(count, 'x')), "x").tensors.size(),
            size_t{count});
}

TEST(SafetensorsView, RefusesWhatIsNoHeader) {
  for (const std::string& header :
       {std::string("[]"), std::string("{"), std::string("{\"x\":3}"), std::string("{\"\xff\":{}}"),
        std::string(300000, '['), "{\"x\":" + std::string(300000, '[')}) {
    EXPECT_THAT(fault_of(written(header, "")), HasSubstr("x.safetensors: is damaged"))
        << header.substr(0, 100);
  }
  std::string longer = written("{}", "");
  longer[7] = '\x7F';
  EXPECT_THAT(fault_of(longer), HasSubstr("longer than the file"));
  EXPECT_THAT(fault_of("1234567"), HasSubstr("cut off"));
}

}  // namespace
}  // namespace nmsw
