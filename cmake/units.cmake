# What the compiler repeats for every source file is most of the build: it parses the large headers and instantiates
# their templates. Both options below save that; docs/performance.md, "Building", has the figures. With both off
# (preset "tidy"), every file compiles alone, which is how CI checks that each file includes what it uses.
option(PRECOMPILED_HEADERS "precompile the large headers" ON)
option(COMBINED_SOURCES "compile the source files of a folder together, a few at a time" OFF)

function(precompile_headers target)
  if(PRECOMPILED_HEADERS)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# Compiles up to eight source files of one folder as one translation unit. Names in their unnamed namespaces must
# therefore differ within a folder.
function(combine_sources target)
  if(NOT COMBINED_SOURCES)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  list(SORT sources)
  foreach(source IN LISTS sources)
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE path)
    if(NOT path MATCHES "^(src|tests)/([a-z]+)/")
      continue() # generated, or a program's main file
    endif()
    set(name ${CMAKE_MATCH_1}_${CMAKE_MATCH_2})
    if(NOT DEFINED count_${name})
      set(count_${name} 0)
    endif()
    math(EXPR unit "${count_${name}} / 8")
    math(EXPR count_${name} "${count_${name}} + 1")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${name}_${unit})
  endforeach()
endfunction()
