# frozen_string_literal: true
# SPDX-License-Identifier: MIT

# Ruby's end of the matrix of languages: see bindings/scenarios.md.
#
# usage: peer.rb export|import URL [KEY=VALUE]...

require "json"
require "netchan"
require_relative "tagged"

PATIENCE = 60

def vectors
  rows = JSON.parse(File.read(ENV.fetch("NETCHAN_VECTORS"), encoding: "UTF-8"))["values"]
  rows.select { |row| row["verdict"] == "ok" && row["text"] }
end

# The same for the members of objects in any order: not every language keeps it.
def unordered(node)
  return node unless node.is_a?(Hash)
  return {"array" => node["array"].map { |element| unordered(element) }} if node["array"]
  return node unless node["object"]

  {"object" => node["object"].map { |name, member| [name, unordered(member)] }.sort_by(&:first)}
end

def compare(rows, got)
  abort "peer: #{got.length} values came, not #{rows.length}" unless got.length == rows.length
  rows.zip(got) do |row, value|
    abort "peer: #{row["name"]}: came as #{value.inspect}" unless unordered(tagged(value)) == unordered(row["is"])
  end
end

def export(url, **options)
  rows = vectors
  Netchan::Exporter.open(url, **options) do |exporter|
    out = exporter.export("out", :send, capacity: rows.length)
    back = exporter.export("in", :recv)
    puts exporter.address
    $stdout.flush
    rows.each { |row| out.put(Netchan.parse(row["text"]), timeout: PATIENCE) }
    out.close
    compare(rows, back.to_a)
    exporter.drain(:taken, timeout: PATIENCE)
  end
end

def import(url, **options)
  rows = vectors
  Netchan::Importer.open(url, timeout: PATIENCE, **options) do |importer|
    out = importer.import("out", :recv, timeout: PATIENCE)
    back = importer.import("in", :send, timeout: PATIENCE)
    got = out.map do |value|
      back.put(value, timeout: PATIENCE)
      value
    end
    compare(rows, got)
    back.close
    importer.drain(:taken, timeout: PATIENCE)
  end
end

settings = ARGV.drop(2).to_h do |word|
  key, value = word.split("=", 2)
  [key.sub(".", "_").to_sym, value]
end
ARGV[0] == "export" ? export(ARGV[1], **settings) : import(ARGV[1], **settings)
