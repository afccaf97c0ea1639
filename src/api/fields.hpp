// Takes the named fields out of a JSON object, type by type. The first field that is wrong is remembered
// and every later answer is empty, so that a mapping reads as a list of its fields.
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

class Fields {
 public:
  // `object` must outlive the reader, which moves texts out of it.
  explicit Fields(nlohmann::json& object) : object_(object) {}

  // null counts as absent, here and everywhere.
  void require(std::initializer_list<std::string_view> names);
  // Refuses fields that nobody reads: a misspelt "scheduledFor" must not send at the wrong time.
  void allow_only(std::span<const std::string_view> names, std::span<const std::string_view> more = {});

  std::optional<std::string> text(std::string_view name);
  std::optional<std::string> id(std::string_view name);  // 1–200 characters, visible, no control characters
  std::optional<bool> boolean(std::string_view name);
  std::optional<Instant> instant(std::string_view name);
  nlohmann::json* object(std::string_view name);
  nlohmann::json* array(std::string_view name);
  nlohmann::json* number(std::string_view name);
  std::optional<std::vector<Instant>> instants(std::string_view name);  // a list of them

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
