; Literals, keys and forbidden places. Captures as in ../python/literals.scm, and:
;   @package  the package's name, for the helper file
;   @constant.all @constant.one @constant.token @constant.name @constant.value
;             a constant's declaration, which becomes a variable's; @constant a place that takes constants only
;   @declared a name that the file declares; @shared one that its package's other files see
;   @row @cell @short  what gofmt puts in columns, and functions that may stand on one line
;   @mode.external-test  a sign that the file is of a package of tests

(interpreted_string_literal) @literal
(raw_string_literal) @literal
(binary_expression operator: "+") @literal
(int_literal) @number
(float_literal) @number
(comment) @void
(identifier) @name
(type_identifier) @name
(field_identifier) @name
(package_clause (package_identifier) @package)
((package_clause (package_identifier) @mode.external-test) (#match? @mode.external-test "_test$"))

(source_file (import_declaration) @import)
(import_spec name: (package_identifier) @declared)
(function_declaration name: (identifier) @declared)
(type_spec name: (type_identifier) @declared)
(var_spec name: (identifier) @declared)
(const_spec name: (identifier) @declared)
(parameter_declaration name: (identifier) @declared)
(short_var_declaration left: (expression_list (identifier) @declared))
(range_clause left: (expression_list (identifier) @declared))
(source_file (function_declaration name: (identifier) @shared))
(source_file (type_declaration (type_spec name: (type_identifier) @shared)))
(source_file (type_declaration (type_alias name: (type_identifier) @shared)))
(source_file (var_declaration (var_spec name: (identifier) @shared)))
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @shared))))
(source_file (const_declaration (const_spec name: (identifier) @shared)))

((var_spec name: (identifier) @key value: (expression_list . (_) @value .)) @pair (#set! group "prefix"))
((const_spec name: (identifier) @key value: (expression_list . (_) @value .)) @pair (#set! group "prefix"))
((short_var_declaration left: (expression_list . (identifier) @key .) right: (expression_list . (_) @value .)) @pair (#set! group "prefix"))
((assignment_statement left: (expression_list . (identifier) @key .) right: (expression_list . (_) @value .)) @pair (#set! group "prefix"))
((assignment_statement left: (expression_list . (selector_expression field: (field_identifier) @key) .) right: (expression_list . (_) @value .)) @pair (#set! group "prefix"))
((assignment_statement left: (expression_list . (index_expression index: (interpreted_string_literal) @key) .) right: (expression_list . (_) @value .)) @pair (#set! group "prefix"))
((keyed_element key: (literal_element (identifier) @key) value: (literal_element (_) @value)) @pair (#set! group "siblings"))
((keyed_element key: (literal_element (interpreted_string_literal) @key) value: (literal_element (_) @value)) @pair (#set! group "siblings"))
((call_expression
    function: (selector_expression field: (field_identifier) @_sets)
    arguments: (argument_list . (interpreted_string_literal) @key . (_) @value)) @pair
  (#match? @_sets "^(Set|Add|Setenv|SetDefault|String|Default|WithValue)$") (#set! group "none"))
((call_expression
    function: (selector_expression field: (field_identifier) @_sets)
    arguments: (argument_list . (_) . (interpreted_string_literal) @key . (_) @value)) @pair
  (#match? @_sets "^(StringVar|StringVarP)$") (#set! group "none"))

(const_spec) @row
(const_spec type: (_) @cell)
(const_spec "=" @cell)
(var_spec) @row
(var_spec type: (_) @cell)
(var_spec "=" @cell)
(keyed_element) @row
(keyed_element value: (_) @cell)
(func_literal) @short
(function_declaration) @short
(method_declaration) @short

((source_file (comment) @_generated) @manual
  (#match? @_generated "^// Code generated .* DO NOT EDIT\\.\r?$")
  (#set! reason "the file is generated: change what it is generated from"))
((source_file (comment) @_tag) @manual
  (#match? @_tag "^//(go:build| ?\\+build) ignore\r?$")
  (#set! reason "the file is built on its own, without the files beside it"))
((import_spec) @manual (#set! reason "the literal is an import path"))
((field_declaration tag: (_) @manual) (#set! reason "the literal is a struct tag"))
((keyed_element key: (literal_element [(interpreted_string_literal) (raw_string_literal)]) @manual)
  (#set! reason "the literal is a key"))
((index_expression index: [(interpreted_string_literal) (raw_string_literal)] @manual) (#set! reason "the literal is a key"))
((expression_case value: (_) @manual) (#set! reason "the literal is a `case` label"))
((array_type length: (_) @constant) (#set! reason "the length of an array is made of it"))
((const_spec value: (_) @constant) (#set! reason "another constant is made of it"))
((const_declaration) @manual (#match? @manual "\\biota\\b") (#set! reason "it stands in a list with `iota`"))
((const_declaration (const_spec !value)) @manual (#set! reason "it stands in a list of constants that repeat others"))
((const_spec type: (_) @_type value: (_) @manual) (#not-eq? @_type "string") (#set! reason "it has a type of its own"))
((function_declaration result: (type_identifier) @_result body: (block (statement_list (return_statement (expression_list [(interpreted_string_literal) (raw_string_literal)] @manual)))))
  (#not-any-of? @_result "string" "any") (#set! reason "the function returns a type of its own"))
((method_declaration result: (type_identifier) @_result body: (block (statement_list (return_statement (expression_list [(interpreted_string_literal) (raw_string_literal)] @manual)))))
  (#not-any-of? @_result "string" "any") (#set! reason "the function returns a type of its own"))
((var_spec type: (_) @_type value: (_) @manual) (#not-eq? @_type "string") (#set! reason "it has a type of its own"))
((source_file (const_declaration "const" @constant.token
    (const_spec name: (identifier) @constant.name value: (expression_list . (_) @constant.value .)) @constant.one) @constant.all)
  (#set! becomes "var"))
((statement_list (const_declaration "const" @constant.token
    (const_spec name: (identifier) @constant.name value: (expression_list . (_) @constant.value .)) @constant.one) @constant.all)
  (#set! becomes "var") (#set! used "yes"))
((call_expression
    function: (selector_expression field: (field_identifier) @_format)
    arguments: (argument_list . [(interpreted_string_literal) (raw_string_literal)] @manual .))
  (#match? @_format "^(Printf|Sprintf|Errorf|Fprintf|Fatalf|Panicf|Logf|Infof|Warnf|Debugf)$")
  (#set! reason "a format without arguments takes a constant only, says `go vet`"))
