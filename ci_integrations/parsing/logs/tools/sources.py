"""Which files people write."""

from typing import Final

# Extensions and names of files that people write and tools complain of.
_EXTENSIONS: Final = """
    ada adb ads asm astro awk bash bats bazel bzl c cabal cc cfg cfm clj cljs cls cmake cob coffee conf cpp cr
    cs csproj css csv cts cu cuh cxx d dart diff dockerfile eex elm env erb erl ex exs f f03 f08 f77 f90 f95
    feature for fs fsi fsx gd gemspec gleam go gql gradle graphql groovy gyp h haml handlebars hbs heex hh hpp
    hrl hs htm html hx hxx idl ini ino ipynb j2 java jbuilder jinja jinja2 jl js json json5 jsonc jsonnet jsx kt
    kts less lhs lisp lock lua m m4 make mak markdown md mdx mjs cjs mk ml mli mll mly mm mod mts nim nix nuspec
    odin pas php phpt phtml pl plist pm pod podspec pp prisma proto ps1 psd1 psm1 pug purs py pyi pyx r rake rb
    rbi rbs re rei rego res resi rmd robot rq rs rst ru s sass sbt sc scala scm scss sh slim sol spec sql ss
    star sty sum sv svelte svg svh swift t targets tcl tex tf tfvars thrift toml ts tsx twig txt v vala vb
    vbproj vcxproj vert vhd vhdl vim vue xaml xml xsd xsl xslt yaml yml zig zsh props
"""
_FILE_NAMES: Final = """
    Dockerfile Containerfile Makefile GNUmakefile Gemfile Rakefile Vagrantfile Jenkinsfile Podfile Fastfile
    Brewfile Guardfile Capfile Justfile justfile BUILD WORKSPACE Earthfile Tiltfile Snakefile SConstruct
    SConscript Procfile meson.build .env .gitignore .babelrc .eslintrc .bashrc .gitlab-ci.yml
"""
EXTENSIONS: Final = frozenset(_EXTENSIONS.split())
FILE_NAMES: Final = frozenset(_FILE_NAMES.split())


def is_source(path: str) -> bool:
    """Whether a path is that of a file that people write, by its extension or name."""
    name = path.replace("\\", "/").rpartition("/")[2]
    _, dot, extension = name.rpartition(".")
    return name in FILE_NAMES or (bool(dot) and extension.lower() in EXTENSIONS) or name.startswith(".env")
