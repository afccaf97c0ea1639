// Reads the fields of a JSON object and checks their types. It keeps the first refusal; every read after that
// returns nothing, so that a mapping reads as a list of its fields.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/instant.hpp"
#include "orchestrator/rejection.hpp"

namespace orchestrator::api {

// Used by one thread.
class Fields {
 public:
  // `object` must outlive the reader, which moves strings out of it.
  explicit Fields(nlohmann::json& object) : object_(object) {}

  // Refuses absent fields. null counts as absent, here and in all reads.
  void require(std::initializer_list<std::string_view> names);
  // Refuses other fields: a misspelt "scheduledFor" must not send a message at the wrong time.
  void allow_only(std::span<const std::string_view> names, std::span<const std::string_view> more = {});

  std::optional<std::string> text(std::string_view name);
  std::optional<std::string> id(std::string_view name);  // as text::check_id() demands
  std::optional<bool> boolean(std::string_view name);
  std::optional<Instant> instant(std::string_view name);
  nlohmann::json* object(std::string_view name);
  nlohmann::json* array(std::string_view name);
  nlohmann::json* number(std::string_view name);
  std::optional<std::vector<Instant>> instants(std::string_view name);

  void refuse(Rejection rejection);
  const std::optional<Rejection>& rejection() const { return rejection_; }

 private:
  nlohmann::json* present(std::string_view name);
  nlohmann::json* typed(std::string_view name, bool (nlohmann::json::*is_type)() const noexcept,
                        std::string_view type);

  nlohmann::json& object_;
  std::optional<Rejection> rejection_;
};

}  // namespace orchestrator::api
