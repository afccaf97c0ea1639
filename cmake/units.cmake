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

# combine_sources(TARGET FOLDER...): compiles the source files of each folder eight at a time, as one translation
# unit. Names in their unnamed namespaces must therefore differ within a folder.
function(combine_sources target)
  if(NOT COMBINED_SOURCES)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  list(SORT sources)
  foreach(folder IN LISTS ARGN)
    set(folder_path ${CMAKE_CURRENT_SOURCE_DIR}/${folder})
    set(count 0)
    string(MAKE_C_IDENTIFIER ${folder} name)
    foreach(source IN LISTS sources)
      cmake_path(IS_PREFIX folder_path ${source} is_in_folder)
      if(is_in_folder)
        math(EXPR unit "${count} / 8")
        math(EXPR count "${count} + 1")
        set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${name}_${unit})
      endif()
    endforeach()
  endforeach()
endfunction()
