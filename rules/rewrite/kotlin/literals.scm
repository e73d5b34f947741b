; Literals, keys and forbidden places of Kotlin. Captures as in ../java/literals.scm, and:
;   @constant.*  as in ../go/literals.scm

(string_literal) @literal
(multiline_string_literal) @literal
(binary_expression operator: "+") @literal
(number_literal) @number
(line_comment) @void
(block_comment) @void
(source_file (shebang) @head)
(source_file (file_annotation) @head)
(source_file (package_header) @head)
(source_file (import) @import)
(package_header (qualified_identifier) @package)
(identifier) @name
(class_declaration name: (identifier) @own)
(object_declaration name: (identifier) @own)
(function_declaration name: (identifier) @own)
(type_alias type: (identifier) @own)
(type_parameter (identifier) @own)
(variable_declaration (identifier) @own)
(parameter (identifier) @own)
(class_parameter (identifier) @own)

((property_declaration (variable_declaration . (identifier) @key) "=" . (_) @value) @pair (#set! group "prefix"))
((class_parameter (identifier) @key "=" . (_) @value) @pair (#set! group "siblings"))
((function_value_parameters (parameter . (identifier) @key) @pair . "=" . (_) @value) (#set! group "siblings"))
((value_argument . (identifier) @key "=" . (_) @value) @pair (#set! group "siblings"))
((assignment left: (identifier) @key right: (_) @value) @pair (#set! group "prefix"))
((assignment left: (navigation_expression (identifier) @key .) right: (_) @value) @pair (#set! group "prefix"))
((assignment left: (index_expression (string_literal) @key .) right: (_) @value) @pair (#set! group "prefix"))
((infix_expression (string_literal) @key . (identifier) @_to . (_) @value) @pair (#eq? @_to "to") (#set! group "siblings"))
((enum_entry (identifier) @key (value_arguments . (value_argument (_) @value) .)) @pair (#set! group "none"))

((property_declaration
    (modifiers (property_modifier) @constant.token)
    (variable_declaration . (identifier) @constant.name) @constant.one
    "=" . (_) @constant.value) @constant.all
  (#eq? @constant.token "const") (#set! becomes ""))
((property_declaration (modifiers . (property_modifier) @_const) "=" . (_) @note)
  (#set! note "It is no `const` any more: other files that use it in an annotation or a `const` don't compile, Java code has to call its getter, and all that use it have to be compiled anew."))
((property_declaration (modifiers (visibility_modifier) @_seen . (property_modifier)) "=" . (_) @note)
  (#not-eq? @_seen "private")
  (#set! note "It is no `const` any more: other files that use it in an annotation or a `const` don't compile, Java code has to call its getter, and all that use it have to be compiled anew."))
(property_declaration "=" . (_) @final)

((annotation) @constant (#set! reason "an annotation takes constants only"))
((file_annotation) @constant (#set! reason "an annotation takes constants only"))
((class_declaration (modifiers (class_modifier) @_kind) (primary_constructor) @constant) (#eq? @_kind "annotation")
  (#set! reason "an annotation's default is a constant"))
((property_declaration (modifiers (property_modifier)) "=" . (_) @constant)
  (#set! reason "a `const` is made of it"))
((when_entry condition: (_) @constant) (#set! reason "it is a `when` label"))

((interpolation) @manual (#set! reason "the literal stands inside a template"))
((binary_expression left: [(string_literal) (multiline_string_literal)] @manual operator: ["===" "!=="])
  (#set! reason "the literal is compared by identity"))
((binary_expression operator: ["===" "!=="] right: [(string_literal) (multiline_string_literal)] @manual)
  (#set! reason "the literal is compared by identity"))
((binary_expression left: (binary_expression right: (string_literal) @manual) operator: "+" right: (string_literal))
  (#set! reason "the value is put together from pieces with `+`"))
((binary_expression left: (binary_expression right: (string_literal)) operator: "+" right: (string_literal) @manual)
  (#set! reason "the value is put together from pieces with `+`"))
