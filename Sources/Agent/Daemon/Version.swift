/// The version of both programs.
package let productVersion = "0.1.0"
