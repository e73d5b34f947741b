; What TypeScript's grammars, which share literals.scm, don't have or name otherwise.
((field_definition property: (property_identifier) @key value: (_) @value) @pair (#set! group "siblings"))
(field_definition) @scope.sync
(jsx_attribute) @browser
(jsx_element) @browser
(field_definition property: (property_identifier) @name)
